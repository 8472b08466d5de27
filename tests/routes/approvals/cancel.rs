//! `POST /approvals/{approval_id}/cancel`.

use crate::harness::{Asked, System, told_of};
use crate::routes::{at_noon, bearer, error, everything, key_in, refused, send};
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn cancel(system: &System, key: &str, id: &str, body: Value) -> (u16, Value) {
    system.call(key, "POST", &format!("/approvals/{id}/cancel"), body).await
}

async fn shown(system: &System, asked: &Asked) -> Value {
    system.get(&system.keys.admin, &format!("/approvals/{}", asked.id)).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_that_asked_takes_it_back_and_everybody_learns_why() {
    let system = at_noon().await;
    let mut events = system.bus.listen();
    let asked = system.ask("gmail.send", json!({ "to": "a" })).await;
    system.clock.advance(SignedDuration::from_secs(120));
    let expected = json!({
        "approval_id": asked.id,
        "status": "denied",
        "denial_reason": "cancelled",
        "resolved_at": "2026-04-21T10:07:00Z",
    });
    let reason = json!({ "reason": "The customer called" });
    assert_eq!(cancel(&system, &system.keys.agent, &asked.id, reason).await, (200, expected));
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("cancelled")));
    assert_eq!((&told["reason"], &told["decidedAt"]), (&json!("The customer called"), &json!("2026-04-21T10:07:00Z")));
    assert_eq!((told.get("decisionParams"), told.get("approvers")), (None, None));
    let one = shown(&system, &asked).await;
    assert_eq!((&one["status"], &one["denial_reason"]), (&json!("denied"), &json!("cancelled")));
    assert_eq!((&one["comment"], &one["resolved_at"]), (&json!("The customer called"), &json!("2026-04-21T10:07:00Z")));
    let last = &one["history"][1];
    assert_eq!((&last["event"], &last["by"]), (&json!("cancelled"), &json!("agent:demo")));
    let (_, listed) = system.get(&system.keys.approver, "/approvals?status=denied").await;
    assert_eq!(listed["approvals"][0]["denial_reason"], "cancelled");
    assert_eq!(system.get(&system.keys.approver, "/approvals").await.1["approvals"], json!([]));
    system.settle().await;
    assert_eq!(told_of(&mut events, &[&asked.id]), [["approval.requested", "approval.cancelled"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_takes_any_request_back_also_under_v1_and_without_a_body() {
    let system = at_noon().await;
    let (first, second) = (system.ask("quorum.two", json!({})).await, system.ask("persona.first", json!({})).await);
    let path = format!("/v1/approvals/{}/cancel", first.id);
    let auth = bearer(&system.keys.admin);
    assert_eq!(send(&system, ("POST", &path), &[("authorization", &auth)], "").await.0, 200);
    assert_eq!(cancel(&system, &system.keys.admin, &second.id, json!({ "reason": "" })).await.0, 200);
    for asked in [first, second] {
        assert_eq!(shown(&system, &asked).await["history"][1]["by"], "user:admin@localhost");
        let told = system.poll(&asked.token).await;
        assert_eq!((&told["reasonCode"], told.get("reason")), (&json!("cancelled"), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_does_and_nothing_changes() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({})).await;
    let other = system.key("agent:other", &["agent"]).await;
    let auditor = system.key("user:jane@acme.com", &["auditor"]).await;
    let away = [
        bearer(&key_in(&system, "away", "agent:demo", &["agent"]).await),
        bearer(&key_in(&system, "away", "user:admin@localhost", &["admin"]).await),
    ];
    system.settle().await;
    let before = everything(&system).await;
    assert_eq!(refused(cancel(&system, &other, &asked.id, Value::Null).await), error(404, "NOT_FOUND"));
    for key in [&system.keys.approver, &auditor] {
        assert_eq!(refused(cancel(&system, key, &asked.id, Value::Null).await), error(403, "NOT_AUTHORIZED"));
        let rubbish = json!({ "reason": 7 });
        assert_eq!(refused(cancel(&system, key, &asked.id, rubbish).await), error(403, "NOT_AUTHORIZED"));
    }
    assert_eq!(refused(cancel(&system, "csk_unknown", &asked.id, Value::Null).await), error(401, "UNAUTHENTICATED"));
    for nothing in ["appr_00000000000000000000000000", "nonsense"] {
        for key in [&system.keys.agent, &system.keys.admin] {
            assert_eq!(refused(cancel(&system, key, nothing, Value::Null).await), error(404, "NOT_FOUND"));
        }
    }
    for auth in &away {
        let headers = [("authorization", auth.as_str()), ("x-workspace-namespace", "away")];
        let path = format!("/approvals/{}/cancel", asked.id);
        let (status, _, text) = send(&system, ("POST", &path), &headers, "").await;
        assert_eq!(refused((status, serde_json::from_str(&text).unwrap())), error(404, "NOT_FOUND"));
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_not_taken_back() {
    let system = at_noon().await;
    let [approved, denied, expired] = [
        system.ask("short.lived", json!({})).await,
        system.ask("short.lived", json!({})).await,
        system.ask("short.lived", json!({})).await,
    ];
    for (asked, decision) in [(&approved, "approved"), (&denied, "denied")] {
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": decision })).await.0, 200);
    }
    system.clock.advance(SignedDuration::from_secs(60));
    // The first reader that gets an expired approval has written the expiry.
    assert_eq!(
        refused(cancel(&system, &system.keys.agent, &expired.id, Value::Null).await),
        error(409, "TOKEN_EXPIRED")
    );
    for swept in [false, true] {
        if swept {
            system.sweep().await;
        }
        system.settle().await;
        let before = everything(&system).await;
        for key in [&system.keys.agent, &system.keys.admin] {
            for (asked, code) in [(&approved, "INVALID_STATE"), (&denied, "INVALID_STATE"), (&expired, "TOKEN_EXPIRED")]
            {
                let answer = cancel(&system, key, &asked.id, Value::Null).await;
                assert_eq!(refused(answer), error(409, code), "swept: {swept}");
            }
        }
        assert_eq!(everything(&system).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_last_millisecond_it_is() {
    let system = at_noon().await;
    let asked = system.ask("short.lived", json!({})).await;
    system.clock.advance(SignedDuration::from_millis(59_999));
    assert_eq!(cancel(&system, &system.keys.agent, &asked.id, Value::Null).await.0, 200);
    system.clock.advance(SignedDuration::from_millis(1));
    system.sweep().await;
    assert_eq!(system.poll(&asked.token).await["reasonCode"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_it_back_again_is_200_with_the_same_body_and_writes_nothing() {
    let system = at_noon().await;
    let asked = system.ask("short.lived", json!({})).await;
    let first = cancel(&system, &system.keys.agent, &asked.id, json!({ "reason": "one" })).await;
    assert_eq!(first.0, 200);
    system.settle().await;
    let before = everything(&system).await;
    for after in [0, 30, 90] {
        system.clock.advance(SignedDuration::from_secs(after));
        assert_eq!(cancel(&system, &system.keys.agent, &asked.id, json!({ "reason": "other" })).await, first);
        assert_eq!(cancel(&system, &system.keys.admin, &asked.id, Value::Null).await, first);
    }
    assert_eq!(everything(&system).await, before);
    for decision in ["approved", "denied"] {
        let late = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": decision })).await;
        assert_eq!(refused(late), error(409, "INVALID_STATE"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_has_at_most_three_thousand_characters() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({})).await;
    for (reason, problem) in [
        (json!("é".repeat(3_001)), "must have at most 3000 characters"),
        (json!(7), "must be a string"),
        (json!(["x"]), "must be a string"),
    ] {
        let (status, answer) = cancel(&system, &system.keys.agent, &asked.id, json!({ "reason": reason })).await;
        let detail = json!([{ "field": "reason", "problem": problem }]);
        assert_eq!((status, &answer["details"]), (400, &detail), "{answer}");
    }
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    let reason = "é".repeat(3_000);
    assert_eq!(cancel(&system, &system.keys.agent, &asked.id, json!({ "reason": reason })).await.0, 200);
    assert_eq!(system.poll(&asked.token).await["reason"], reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_that_were_given_do_not_keep_it_from_being_taken_back() {
    let system = at_noon().await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    let omar = system.key("user:omar@acme.com", &["approver"]).await;
    let asked = system.ask("quorum.two", json!({})).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    assert_eq!(cancel(&system, &system.keys.agent, &asked.id, Value::Null).await.0, 200);
    let late = system.resolve(&omar, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(refused(late), error(409, "INVALID_STATE"));
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("cancelled")));
}
