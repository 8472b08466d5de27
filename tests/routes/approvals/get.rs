//! `GET /approvals/{approval_id}`.

use crate::harness::{System, body};
use crate::routes::{at_noon, error, key_in, mask, refused};
use domain::Principal;
use domain::digest::Digest;
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn shown(system: &System, id: &str) -> Value {
    let (status, answer) = system.get(&system.keys.approver, &format!("/approvals/{id}")).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_lists_item_and_how_it_reached_people() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "to": "a", "bcc": "hidden" })).await;
    let mut one = shown(&system, &asked.id).await;
    assert_eq!(one.as_object_mut().unwrap().remove("deliveries"), Some(json!([])));
    let (_, list) = system.get(&system.keys.approver, "/approvals").await;
    assert_eq!(one, list["approvals"][0]);
    let (_, v1) = system.get(&system.keys.approver, &format!("/v1/approvals/{}", asked.id)).await;
    assert_eq!(v1, shown(&system, &asked.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_with_personas_quorum_and_edit_reads_as_its_history() {
    let system = at_noon().await;
    let asked = system.ask("persona.first", json!({ "note": "old" })).await;
    let later = || system.clock.advance(SignedDuration::from_secs(60));
    let (workspace, id) = (domain::Workspace::default_name(), domain::ApprovalId::parse(&asked.id).unwrap());
    let sec = Principal::parse("user:sec@acme.com").unwrap();
    let acknowledge = async |digest: &Value| {
        let seen = Digest::claimed(digest.as_str().unwrap());
        let personas = ["security".to_owned()];
        let acked = app::decide::acknowledge_persona::acknowledge_persona(
            &system.gate,
            &workspace,
            &id,
            &sec,
            &personas,
            &seen,
        );
        acked.await.unwrap();
    };
    later();
    acknowledge(&asked.answer["digest"]).await;
    later();
    let edit = json!({ "decision": "approved", "comment": "shorter", "modified_action": { "note": "new" } });
    let (status, answer) = system.resolve(&system.keys.approver, &asked.id, edit).await;
    assert_eq!((status, &answer["status"]), (200, &json!("pending")), "the persona must acknowledge the edit");
    later();
    acknowledge(&shown(&system, &asked.id).await["digest"]).await;
    let expected = json!({
        "approval_id": "appr_…",
        "task_id": null,
        "agent": "demo",
        "title": "persona.first requested by “demo”",
        "description": "Because the test says so",
        "action": { "type": "persona.first", "note": "new" },
        "asked_params": { "note": "old" },
        "params": { "note": "new" },
        "status": "approved",
        "digest": "sha256:…",
        "requester": { "id": "demo", "source": "agent" },
        "approvals": 1,
        "required": 1,
        "personas": [{
            "name": "security",
            "acknowledged_by": "user:sec@acme.com",
            "acknowledged_at": "2026-04-21T10:08:00Z",
        }],
        "history": [
            { "seq": 1, "at": "2026-04-21T10:05:00Z", "event": "requested", "by": "agent:demo", "digest": "sha256:…" },
            { "seq": 2, "at": "2026-04-21T10:06:00Z", "event": "persona_acked", "by": "user:sec@acme.com", "note": "security" },
            { "seq": 3, "at": "2026-04-21T10:07:00Z", "event": "edited", "by": "user:approver@localhost", "note": "note",
              "digest": "sha256:…" },
            { "seq": 4, "at": "2026-04-21T10:07:00Z", "event": "vote_cast", "by": "user:approver@localhost", "note": "shorter" },
            { "seq": 5, "at": "2026-04-21T10:08:00Z", "event": "persona_acked", "by": "user:sec@acme.com", "note": "security" },
            { "seq": 6, "at": "2026-04-21T10:08:00Z", "event": "approved", "by": "user:sec@acme.com" },
        ],
        "deliveries": [],
        "created_at": "2026-04-21T10:05:00Z",
        "expires_at": "2026-04-21T11:05:00Z",
        "resolved_at": "2026-04-21T10:08:00Z",
    });
    assert_eq!(mask(&shown(&system, &asked.id).await), expected);
    assert_eq!(system.poll(&asked.token).await["decisionParams"], json!({ "note": "new" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_shows_its_comment_and_when() {
    let system = at_noon().await;
    let asked = system.ask("plain.post", json!({})).await;
    system.clock.advance(SignedDuration::from_secs(120));
    system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "denied", "comment": "Not now" })).await;
    let one = shown(&system, &asked.id).await;
    assert_eq!((&one["status"], &one["denial_reason"]), (&json!("denied"), &json!("denied_by_human")));
    assert_eq!((&one["comment"], &one["resolved_at"]), (&json!("Not now"), &json!("2026-04-21T10:07:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_one_reads_denied_because_expired_whether_or_not_anybody_wrote_it_down() {
    let system = at_noon().await;
    let asked = system.ask("short.lived", json!({})).await;
    system.clock.advance(SignedDuration::from_millis(59_999));
    assert_eq!(shown(&system, &asked.id).await["status"], "pending");
    system.clock.advance(SignedDuration::from_millis(1));
    let before = shown(&system, &asked.id).await;
    assert_eq!((&before["status"], &before["denial_reason"]), (&json!("denied"), &json!("expired")));
    assert_eq!(before["resolved_at"], "2026-04-21T10:06:00Z");
    system.clock.advance(SignedDuration::from_secs(60));
    system.sweep().await;
    let after = shown(&system, &asked.id).await;
    assert_eq!(after["resolved_at"], "2026-04-21T10:06:00Z", "it ended at its deadline, not at the sweep");
    assert_eq!((&after["status"], &after["denial_reason"]), (&json!("denied"), &json!("expired")));
    assert_eq!(after["history"][1]["event"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found_whatever_the_id_looks_like() {
    let system = System::start().await;
    for id in ["appr_00000000000000000000000000", "appr_1", "nonsense", "%00", "appr_%2e%2e%2f"] {
        let found = system.get(&system.keys.approver, &format!("/approvals/{id}")).await;
        assert_eq!(refused(found), error(404, "NOT_FOUND"), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_its_own_and_another_agents_is_not_found() {
    let system = System::start().await;
    let other = system.key("agent:other", &["agent"]).await;
    let asked = system.ask("gmail.send", json!({ "bcc": "hidden" })).await;
    let path = format!("/approvals/{}", asked.id);
    let (status, own) = system.get(&system.keys.agent, &path).await;
    assert_eq!((status, &own["params"]["bcc"]), (200, &json!("«redacted»")));
    assert_eq!(refused(system.get(&other, &path).await), error(404, "NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspaces_approval_is_not_found_and_another_workspace_forbidden() {
    let system = System::start().await;
    let away = key_in(&system, "away", "user:approver@localhost", &["admin", "approver", "auditor"]).await;
    let asked = system.ask("plain.post", json!({})).await;
    let path = format!("/approvals/{}", asked.id);
    let there = system.request("GET", &path).bearer_auth(&away).header("x-workspace-namespace", "away");
    let answer = there.send().await.unwrap();
    assert_eq!(refused((answer.status().as_u16(), answer.json().await.unwrap())), error(404, "NOT_FOUND"));
    assert_eq!(refused(system.get(&away, &path).await), error(403, "NOT_AUTHORIZED"));
    let claimed = system.request("GET", &path).bearer_auth(&system.keys.admin).header("x-workspace-namespace", "away");
    assert_eq!(claimed.send().await.unwrap().status(), 403);
    let bad = system.request("GET", &path).bearer_auth(&system.keys.admin).header("x-workspace-namespace", "A B");
    assert_eq!(bad.send().await.unwrap().status(), 400);
    let named = system.request("GET", &path).bearer_auth(&system.keys.admin).header("x-workspace-namespace", "default");
    assert_eq!(named.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn redaction_reaches_everything_that_is_shown() {
    let system = System::start().await;
    let params = json!({ "to": "a", "bcc": ["hidden-1"], "body": { "text": "open", "secret": { "deep": "hidden-2" } },
        "body.secret": "hidden-3" });
    let asked = system.ask_for(body("gmail.send", params)).await;
    let one = shown(&system, &asked.id).await;
    assert!(!one.to_string().contains("hidden-"), "{one}");
    let expected = json!({ "to": "a", "bcc": "«redacted»", "body": { "text": "open", "secret": "«redacted»" },
        "body.secret": "«redacted»" });
    assert_eq!(one["params"], expected);
}
