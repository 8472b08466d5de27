//! `POST /api/guard/rerequest`.

use crate::harness::{Asked, POLICY, Start, System, body, told_of};
use crate::routes::guard::wait_sse::Stream;
use crate::routes::{approvals, at_noon, bearer, clock, error, everything, header, key_in, mask, refused, send};
use domain::approval::Lineage;
use domain::token::WaitToken;
use domain::{ApprovalId, Principal, Status, Workspace};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PATH: (&str, &str) = ("POST", "/api/guard/rerequest");

/// One approver, asked again as the test says.
fn policy(limits: &str, rule: &str) -> String {
    format!(
        "limits: {{ {limits} }}\nactions:\n  mail.send: {{ approvers: {{ anyOf: [\"user:approver@localhost\"] }}, \
         timeoutSec: 7200, {rule} }}\n"
    )
}

fn again(id: &str) -> Value {
    json!({ "originalRequestId": id, "actor": { "id": "demo", "source": "agent" } })
}

async fn ask_again(system: &System, id: &str) -> (u16, Value) {
    system.call(&system.keys.agent, PATH.0, PATH.1, again(id)).await
}

/// Asks again as `agent:demo`, which must work.
async fn asked_again(system: &System, id: &str) -> Asked {
    let (status, answer) = ask_again(system, id).await;
    assert_eq!(status, 200, "{answer}");
    let text = |key: &str| answer[key].as_str().unwrap().to_owned();
    Asked { id: text("requestId"), token: text("token"), answer }
}

async fn deny(system: &System, id: &str) {
    let denied = system.resolve(&system.keys.approver, id, json!({ "decision": "denied", "comment": "no" })).await;
    assert_eq!(denied.0, 200, "{denied:?}");
}

/// A request that was asked and denied.
async fn denied(system: &System, action: &str, params: Value) -> Asked {
    let asked = system.ask(action, params).await;
    deny(system, &asked.id).await;
    asked
}

async fn inbox(system: &System, id: &str) -> Value {
    system.get(&system.keys.approver, &format!("/approvals/{id}")).await.1
}

/// To the byte, with an `Idempotency-Key`.
async fn ask_with_key(system: &System, key: &str, body: &str) -> (u16, String) {
    let auth = bearer(&system.keys.agent);
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json"), ("idempotency-key", key)];
    let (status, _, text) = send(system, PATH, &headers, body).await;
    (status, text)
}

mod answering {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_answer_has_exactly_these_fields_also_under_v1() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({ "to": "a" })).await;
        system.clock.advance(SignedDuration::from_secs(60));
        let child = asked_again(&system, &first.id).await;
        let expected = json!({
            "token": "cwt_…",
            "requestId": "appr_…",
            "lineageId": "appr_…",
            "status": "ready_for_approval",
            "expiresAt": "2026-04-21T11:06:00Z",
        });
        assert_eq!(mask(&child.answer), expected);
        assert_eq!(child.answer["lineageId"], first.id);
        assert_ne!(child.id, first.id);
        assert_ne!(child.token, first.token);
        let v1 = system.call(&system.keys.agent, "POST", "/v1/api/guard/rerequest", again(&first.id)).await;
        assert_eq!(v1, (200, child.answer));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_lineage_is_the_roots_id_over_three_generations() {
        let system = at_noon().await;
        let root = denied(&system, "gmail.send", json!({ "to": "a" })).await;
        let mut last = root.id.clone();
        for generation in 1..=3 {
            let child = asked_again(&system, &last).await;
            assert_eq!(child.answer["lineageId"], root.id, "generation {generation}");
            let shown = inbox(&system, &child.id).await;
            assert_eq!((&shown["supersedes"], shown.get("superseded_by")), (&json!(last), None));
            assert_eq!(inbox(&system, &last).await["superseded_by"], child.id);
            deny(&system, &child.id).await;
            last = child.id;
        }
        assert_eq!(approvals(&system).await, 4);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_is_the_same_action_for_the_same_people_with_the_same_words() {
        let system = at_noon().await;
        let mut asking = body("gmail.send", json!({ "to": "a", "n": 1.5, "list": [1, null] }));
        asking["meta"] = json!({
            "origin": { "repo": "acme/outreach", "branch": "main", "pr": "42", "run_id": "run_7" },
            "requester": { "id": "U999", "source": "slack", "display": "Sam" },
            "justification": "Because of the offer",
            "links": [{ "label": "The ticket", "url": "https://acme.com/1" }],
            "taskId": "task_1",
        });
        let first = system.ask_for(asking).await;
        deny(&system, &first.id).await;
        let child = asked_again(&system, &first.id).await;
        let (before, after) = (inbox(&system, &first.id).await, inbox(&system, &child.id).await);
        for field in ["task_id", "agent", "title", "description", "action", "params", "requester", "links", "required"]
        {
            assert_eq!(after[field], before[field], "{field}");
        }
        assert_eq!((&after["status"], &after["approvals"]), (&json!("pending"), &json!(0)));
        assert_ne!(after["digest"], before["digest"], "its nonce is its own");
        assert_eq!(after["history"][0]["by"], "agent:demo");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_redacted_comes_along_unseen_and_is_told_once_approved() {
        let system = at_noon().await;
        let params = json!({ "to": "a", "bcc": "hidden-blind-copy", "body": { "text": "t", "secret": "hidden-body" } });
        let first = denied(&system, "gmail.send", params.clone()).await;
        let child = asked_again(&system, &first.id).await;
        let shown = inbox(&system, &child.id).await;
        assert_eq!(
            (&shown["params"]["bcc"], &shown["params"]["body"]["secret"]),
            (&json!("«redacted»"), &json!("«redacted»"))
        );
        system.settle().await;
        let all = everything(&system).await.join("\n");
        assert!(!all.contains("hidden-"), "in the clear");
        let approve = json!({ "decision": "approved", "digest": shown["digest"] });
        assert_eq!(system.resolve(&system.keys.approver, &child.id, approve).await.0, 200);
        let told = system.poll(&child.token).await;
        assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &params));
        assert_eq!(system.poll(&first.token).await.get("decisionParams"), None);
    }
}

mod policy_afresh {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_rule_in_force_now_governs_what_is_asked_again() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({ "to": "hidden-to", "bcc": "hidden-bcc" })).await;
        let now = "
personas: { security: [\"user:sec@acme.com\"] }
actions:
  gmail.send:
    title: To {params.to}
    approvers: { anyOf: [\"user:jane@acme.com\", \"user:omar@acme.com\"], minApprovals: 2 }
    requiredPersonas: [security]
    redactParams: { mode: denylist, keys: [to] }
    timeoutSec: 60
    allowReRequest: true
";
        system.put_policy(now).await;
        let child = asked_again(&system, &first.id).await;
        assert_eq!(child.answer["status"], "awaiting_personas");
        assert_eq!(child.answer["expiresAt"], "2026-04-21T10:06:00Z");
        let shown = inbox(&system, &child.id).await;
        assert_eq!((&shown["required"], &shown["personas"][0]["name"]), (&json!(2), &json!("security")));
        assert_eq!(shown["params"], json!({ "to": "«redacted»", "bcc": "hidden-bcc" }), "as the rule now says");
        assert_eq!(shown["title"], "To «redacted»");
        let late = system.resolve(&system.keys.approver, &child.id, json!({ "decision": "denied" })).await;
        assert_eq!(refused(late), error(403, "NOT_AUTHORIZED"), "who is no approver any more is none of the child");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_rule_that_now_denies_is_gone_or_does_not_let_it_refuses() {
        let system = Start::fresh().at(clock()).under(&policy("", "allowReRequest: true")).start().await;
        let first = denied(&system, "mail.send", json!({})).await;
        for (now, code) in [
            (policy("", "").replace("mail.send: {", "mail.send: { effect: deny,"), "POLICY_DENIED"),
            (policy("", "").replace("mail.send", "mail.read"), "POLICY_NOT_FOUND"),
            (policy("", "allowReRequest: false"), "POLICY_DENIED"),
        ] {
            system.put_policy(&now).await;
            let before = everything(&system).await;
            assert_eq!(refused(ask_again(&system, &first.id).await), error(403, code), "{now}");
            assert_eq!(everything(&system).await, before);
        }
        system.put_policy(&policy("", "allowReRequest: true")).await;
        asked_again(&system, &first.id).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_action_that_may_not_be_asked_again_is_refused_once_it_has_ended() {
        let system = at_noon().await;
        let open = system.ask("plain.post", json!({})).await;
        assert_eq!(refused(ask_again(&system, &open.id).await), error(409, "INVALID_STATE"), "that comes first");
        deny(&system, &open.id).await;
        assert_eq!(refused(ask_again(&system, &open.id).await), error(403, "POLICY_DENIED"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_callback_to_a_host_that_is_named_no_more_is_refused() {
        let hosts =
            |hosts: &str| policy("", "allowReRequest: true") + &format!("routing: {{ callbackHosts: [{hosts}] }}\n");
        let system = Start::fresh().at(clock()).under(&hosts("agents.acme.com")).start().await;
        let mut asking = body("mail.send", json!({}));
        asking["callback"] = json!({ "url": "https://agents.acme.com/done" });
        let first = system.ask_for(asking).await;
        deny(&system, &first.id).await;
        system.put_policy(&hosts("")).await;
        assert_eq!(refused(ask_again(&system, &first.id).await), error(403, "NOT_AUTHORIZED"));
    }
}

mod states {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_open_or_approved_is_not_asked_again() {
        let system = at_noon().await;
        let open = system.ask("gmail.send", json!({})).await;
        let approved = system.ask("gmail.send", json!({})).await;
        let approve = json!({ "decision": "approved" });
        assert_eq!(system.resolve(&system.keys.approver, &approved.id, approve).await.0, 200);
        system.settle().await;
        let before = everything(&system).await;
        for asked in [&open, &approved] {
            assert_eq!(refused(ask_again(&system, &asked.id).await), error(409, "INVALID_STATE"));
        }
        assert_eq!(everything(&system).await, before, "nor is a token of the rate taken");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_denied_cancelled_or_has_expired_is_asked_again() {
        let system = at_noon().await;
        let mut events = system.bus.listen();
        let denied = denied(&system, "gmail.send", json!({})).await;
        let cancelled = system.ask("gmail.send", json!({})).await;
        let path = format!("/approvals/{}/cancel", cancelled.id);
        assert_eq!(system.call(&system.keys.agent, "POST", &path, Value::Null).await.0, 200);
        let [swept, unswept] = [system.ask("gmail.send", json!({})).await, system.ask("gmail.send", json!({})).await];
        asked_again(&system, &denied.id).await;
        asked_again(&system, &cancelled.id).await;
        // To the millisecond, also before anybody wrote the expiry down.
        system.clock.advance(SignedDuration::from_millis(3_599_999));
        assert_eq!(refused(ask_again(&system, &unswept.id).await), error(409, "INVALID_STATE"));
        system.clock.advance(SignedDuration::from_millis(1));
        asked_again(&system, &unswept.id).await;
        assert_eq!(system.poll(&unswept.token).await["status"], "expired");
        system.sweep().await;
        asked_again(&system, &swept.id).await;
        system.settle().await;
        let told = told_of(&mut events, &[&denied.id, &cancelled.id, &swept.id, &unswept.id]);
        assert_eq!(told[0], ["approval.requested", "approval.denied", "approval.re_requested"]);
        assert_eq!(told[1], ["approval.requested", "approval.cancelled", "approval.re_requested"]);
        assert_eq!(told[2], ["approval.requested", "approval.expired", "approval.re_requested"]);
        assert_eq!(told[3], ["approval.requested", "approval.expired", "approval.re_requested"]);
        let history = inbox(&system, &unswept.id).await["history"].clone();
        assert_eq!((&history[1]["event"], &history[2]["event"]), (&json!("expired"), &json!("re_requested")));
        assert!(history[2]["next"].is_string() && history[2]["by"] == "agent:demo", "{history}");
    }
}

mod rates {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn before_the_cooldown_is_over_it_is_429_with_retry_after_alone() {
        let text = policy("", "allowReRequest: true, reRequestCooldownSec: 90");
        let system = Start::fresh().at(clock()).under(&text).start().await;
        let first = denied(&system, "mail.send", json!({})).await;
        let auth = bearer(&system.keys.agent);
        let send = async |id: &str| send_again(&system, &auth, id).await;
        system.settle().await;
        let before = everything(&system).await;
        for (after_ms, retry) in [(0, "90"), (89_000, "1"), (999, "1")] {
            system.clock.advance(SignedDuration::from_millis(after_ms));
            let (status, headers, text) = send(&first.id).await;
            assert_eq!((status, header(&headers, "retry-after").as_str()), (429, retry), "{text}");
            assert_eq!((headers.get("ratelimit"), headers.get("ratelimit-policy")), (None, None), "it is no rate");
            assert_eq!(refused((status, text)), error(429, "RATE_LIMITED"));
        }
        assert_eq!(everything(&system).await, before);
        system.clock.advance(SignedDuration::from_millis(1));
        assert_eq!(send(&first.id).await.0, 200);
        // An expired request rests from its deadline on, whenever that was noticed.
        let late = system.ask("mail.send", json!({})).await;
        system.clock.advance(SignedDuration::from_secs(7_200 + 30));
        assert_eq!(header(&send(&late.id).await.1, "retry-after"), "60");
        system.sweep().await;
        assert_eq!(header(&send(&late.id).await.1, "retry-after"), "60");
        system.clock.advance(SignedDuration::from_secs(60));
        assert_eq!(send(&late.id).await.0, 200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_lineage_has_five_an_hour_and_gets_one_back_after_twelve_minutes() {
        let text = policy("", "allowReRequest: true");
        let system = Start::fresh().at(clock()).under(&text).start().await;
        let auth = bearer(&system.keys.agent);
        let mut last = denied(&system, "mail.send", json!({})).await.id;
        for left in [4, 3, 2, 1, 0] {
            let (status, headers, answer) = send_again(&system, &auth, &last).await;
            assert_eq!(status, 200, "{answer}");
            assert_eq!(header(&headers, "ratelimit-policy"), "\"re-requests\";q=5;w=3600");
            assert_eq!(header(&headers, "ratelimit"), format!("\"re-requests\";r={left};t=720"));
            let (status, headers, same) = send_again(&system, &auth, &last).await;
            assert_eq!((status, headers.get("ratelimit"), &same), (200, None, &answer), "a replay is free");
            last = answer["requestId"].as_str().unwrap().to_owned();
            deny(&system, &last).await;
        }
        system.settle().await;
        let before = everything(&system).await;
        for (after_ms, retry) in [(0, "720"), (719_000, "1"), (999, "1")] {
            system.clock.advance(SignedDuration::from_millis(after_ms));
            let (status, headers, answer) = send_again(&system, &auth, &last).await;
            assert_eq!(refused((status, answer)), error(429, "RATE_LIMITED"));
            assert_eq!(header(&headers, "retry-after"), retry);
            assert_eq!(header(&headers, "ratelimit-policy"), "\"re-requests\";q=5;w=3600");
            assert_eq!(header(&headers, "ratelimit"), format!("\"re-requests\";r=0;t={retry}"));
        }
        assert_eq!(everything(&system).await, before);
        let other = denied(&system, "mail.send", json!({})).await;
        assert_eq!(send_again(&system, &auth, &other.id).await.0, 200, "another lineage has its own");
        system.clock.advance(SignedDuration::from_millis(1));
        assert_eq!(send_again(&system, &auth, &last).await.0, 200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_policy_says_how_many_an_hour_and_no_create_is_spent_on_them() {
        let text = policy("reRequestsPerHour: 2, createsPerMinute: 1", "allowReRequest: true");
        let system = Start::fresh().at(clock()).under(&text).start().await;
        let auth = bearer(&system.keys.agent);
        let mut last = denied(&system, "mail.send", json!({})).await.id;
        for left in [1, 0] {
            let (status, headers, answer) = send_again(&system, &auth, &last).await;
            assert_eq!(status, 200, "{answer}");
            assert_eq!(header(&headers, "ratelimit"), format!("\"re-requests\";r={left};t=1800"));
            last = answer["requestId"].as_str().unwrap().to_owned();
            deny(&system, &last).await;
        }
        let (status, headers, answer) = send_again(&system, &auth, &last).await;
        assert_eq!((status, header(&headers, "retry-after").as_str()), (429, "1800"), "{answer}");
    }

    async fn send_again(system: &System, auth: &str, id: &str) -> (u16, reqwest::header::HeaderMap, Value) {
        let headers = [("authorization", auth), ("content-type", "application/json")];
        let (status, headers, text) = send(system, PATH, &headers, again(id).to_string()).await;
        (status, headers, serde_json::from_str(&text).unwrap())
    }
}

mod telling {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_polls_the_parent_is_told_the_child_and_a_token_that_waits_for_it() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({ "to": "a" })).await;
        let before = system.poll(&first.token).await;
        assert_eq!(before.get("supersededBy"), None);
        let child = asked_again(&system, &first.id).await;
        let told = system.poll(&first.token).await;
        assert_eq!(told["supersededBy"], json!({ "requestId": child.id, "token": child.token }));
        assert_eq!(told["seq"], before["seq"].as_u64().unwrap() + 1);
        for field in ["status", "reason", "reasonCode", "decidedAt", "digest"] {
            assert_eq!(told[field], before[field], "{field} of what has ended stays");
        }
        let token = told["supersededBy"]["token"].as_str().unwrap();
        assert_eq!(system.poll(token).await["status"], "ready_for_approval");
        assert_eq!(system.resolve(&system.keys.approver, &child.id, json!({ "decision": "approved" })).await.0, 200);
        assert_eq!(system.poll(token).await["decisionParams"], json!({ "to": "a" }));
        assert_eq!(system.poll(&first.token).await["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_poll_that_is_held_when_it_ends_and_one_after_asking_again_tell_what_is() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({})).await;
        let child = asked_again(&system, &first.id).await;
        let wait = json!({ "token": first.token, "waitSec": 25 });
        let (status, told) = system.call("", "POST", "/api/guard/wait", wait).await;
        assert_eq!((status, &told["supersededBy"]["requestId"]), (200, &json!(child.id)), "nothing more is waited for");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stream_that_saw_the_end_is_told_the_child_once() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({ "to": "a" })).await;
        let mut stream = Stream::open(&system, &first.token, None).await;
        let (end, denied) = stream.next().await.unwrap();
        assert_eq!((&denied["status"], denied.get("supersededBy")), (&json!("denied"), None));
        let child = asked_again(&system, &first.id).await;
        for seen in [1, end] {
            let mut stream = Stream::open(&system, &first.token, Some(seen)).await;
            let (id, told) = stream.next().await.unwrap();
            assert_eq!(id, end + 1);
            assert_eq!(told, system.poll(&first.token).await);
            assert_eq!(told["supersededBy"], json!({ "requestId": child.id, "token": child.token }));
            assert!(stream.next().await.is_none());
        }
        let path = format!("/api/guard/wait?token={}", first.token);
        let again = system.request("GET", &path).header("last-event-id", (end + 1).to_string()).send().await.unwrap();
        assert_eq!(again.status(), 204);
        let mut stream = Stream::open(&system, &child.token, None).await;
        assert_eq!(stream.next().await.unwrap().1["status"], "ready_for_approval");
        assert_eq!(system.resolve(&system.keys.approver, &child.id, json!({ "decision": "approved" })).await.0, 200);
        assert_eq!(stream.next().await.unwrap().1["decisionParams"], json!({ "to": "a" }));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_parent_that_was_never_told_is_told_by_the_stream() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({})).await;
        let (workspace, parent) = (Workspace::default_name(), ApprovalId::parse(&first.id).unwrap());
        // What a process had stored when it died: the child, and nothing else.
        let mut child = system.gate.store.get_approval(&workspace, &parent).await.unwrap().unwrap();
        let hash: [u8; 32] = Sha256::digest(format!("re-request\n{parent}")).into();
        child.id = ApprovalId::from_bits(hash[..16].try_into().unwrap());
        let by = Principal::parse("agent:demo").unwrap();
        child.lineage = Some(Lineage { root: parent.clone(), parent: parent.clone(), by, claimed: None, owner: None });
        (child.status, child.version, child.decided_at) = (Status::ReadyForApproval, 1, None);
        (child.reason, child.reason_code) = (None, None);
        child.history.truncate(1);
        let token = WaitToken::issue(&system.gate.root, 1, &child.id).unwrap();
        child.token_hash = token.hash();
        system.settle().await;
        let mut events = system.bus.listen();
        system.gate.store.put_new_approval(&child).await.unwrap();
        system.settle().await;
        system.settle().await;
        let told = system.poll(&first.token).await;
        assert_eq!(told["supersededBy"], json!({ "requestId": child.id, "token": token.text() }));
        assert_eq!(system.poll(&token.text()).await["status"], "ready_for_approval");
        let again = asked_again(&system, &first.id).await;
        assert_eq!((&again.id, again.token), (&child.id.to_string(), token.text()), "the agent's retry is a replay");
        system.settle().await;
        let told = told_of(&mut events, &[&first.id, &again.id]);
        assert_eq!(told, [vec!["approval.re_requested"], vec!["approval.requested"]]);
    }
}

mod once {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn two_hundred_at_once_make_one_child_and_get_one_answer() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({ "to": "a" })).await;
        system.settle().await;
        let mut events = system.bus.listen();
        let auth = bearer(&system.keys.agent);
        let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
        let twins = (0..200).map(|_| send(&system, PATH, &headers, again(&first.id).to_string()));
        let answers = futures::future::join_all(twins).await;
        for (status, _, text) in &answers {
            assert_eq!((*status, text), (200, &answers[0].2));
        }
        assert_eq!(answers.iter().filter(|(_, headers, _)| headers.contains_key("ratelimit")).count(), 1);
        assert_eq!(approvals(&system).await, 2);
        let child: Value = serde_json::from_str(&answers[0].2).unwrap();
        let child = child["requestId"].as_str().unwrap();
        system.settle().await;
        let told = told_of(&mut events, &[&first.id, child]);
        assert_eq!(told, [vec!["approval.re_requested"], vec!["approval.requested"]]);
        // Tokens that were taken for nothing were given back.
        deny(&system, child).await;
        let (_, headers, _) = send(&system, PATH, &headers, again(child).to_string()).await;
        assert_eq!(header(&headers, "ratelimit"), "\"re-requests\";r=3;t=720");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_same_idempotency_key_and_body_repeat_the_first_answer_to_the_byte() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({})).await;
        let asking = again(&first.id).to_string();
        let (status, answer) = ask_with_key(&system, "k", &asking).await;
        assert_eq!(status, 200, "{answer}");
        system.clock.advance(SignedDuration::from_secs(90));
        assert_eq!(ask_with_key(&system, "k", &asking).await, (200, answer.clone()));
        let child: Value = serde_json::from_str(&answer).unwrap();
        deny(&system, child["requestId"].as_str().unwrap()).await;
        assert_eq!(
            ask_with_key(&system, "k", &asking).await,
            (200, answer.clone()),
            "a decision changes nothing of it"
        );
        assert_eq!(ask_with_key(&system, "another", &asking).await, (200, answer), "its child is its child");
        assert_eq!(approvals(&system).await, 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_body_under_the_same_idempotency_key_is_refused_and_stores_nothing() {
        let system = at_noon().await;
        let (first, second) =
            (denied(&system, "gmail.send", json!({})).await, denied(&system, "gmail.send", json!({})).await);
        assert_eq!(ask_with_key(&system, "k", &again(&first.id).to_string()).await.0, 200);
        system.settle().await;
        let before = everything(&system).await;
        let mut other_actor = again(&first.id);
        other_actor["actor"] = json!({ "id": "UJANE", "source": "slack" });
        let spaced = again(&first.id).to_string().replace(':', ": ");
        for other in [again(&second.id).to_string(), other_actor.to_string(), spaced] {
            let (status, text) = ask_with_key(&system, "k", &other).await;
            let answer = serde_json::from_str(&text).unwrap();
            assert_eq!(refused((status, answer)), error(422, "IDEMPOTENCY_MISMATCH"), "{other}");
        }
        assert_eq!(everything(&system).await, before);
        let other = system.key("agent:other", &["agent"]).await;
        let theirs = system.call(&other, "POST", "/api/guard/request", body("gmail.send", json!({}))).await.1;
        let theirs = theirs["requestId"].as_str().unwrap().to_owned();
        deny(&system, &theirs).await;
        let auth = bearer(&other);
        let headers = [("authorization", auth.as_str()), ("idempotency-key", "k")];
        let (status, _, text) = send(&system, PATH, &headers, again(&theirs).to_string()).await;
        assert_eq!(status, 200, "a key is its subject's own: {text}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_refusal_does_not_use_an_idempotency_key_up() {
        let system = at_noon().await;
        let first = system.ask("gmail.send", json!({})).await;
        let asking = again(&first.id).to_string();
        assert_eq!(ask_with_key(&system, "k", &asking).await.0, 409);
        deny(&system, &first.id).await;
        assert_eq!(ask_with_key(&system, "k", &asking).await.0, 200);
    }
}

mod authority {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn only_the_agent_that_asked_asks_again() {
        let system = at_noon().await;
        let first = denied(&system, "gmail.send", json!({})).await;
        let asking = || again(&first.id);
        let other = system.key("agent:other", &["agent"]).await;
        let call = |key: String| {
            let (system, asking) = (&system, asking());
            async move { system_call(system, &key, asking).await }
        };
        system.settle().await;
        for role in ["approver", "auditor", "admin"] {
            let key = system.key("user:jane@acme.com", &[role]).await;
            assert_eq!(refused(call(key).await), error(403, "NOT_AUTHORIZED"), "{role}");
        }
        assert_eq!(refused(call(other).await), error(404, "NOT_FOUND"));
        assert_eq!(refused(call(String::from("csk_unknown")).await), error(401, "UNAUTHENTICATED"));
        let nothing = again("appr_00000000000000000000000000");
        assert_eq!(refused(system_call(&system, &system.keys.agent, nothing).await), error(404, "NOT_FOUND"));
        let away = bearer(&key_in(&system, "away", "agent:demo", &["agent"]).await);
        let headers = [("authorization", away.as_str()), ("x-workspace-namespace", "away")];
        let (status, _, text) = send(&system, PATH, &headers, asking().to_string()).await;
        assert_eq!(refused((status, serde_json::from_str(&text).unwrap())), error(404, "NOT_FOUND"));
        assert_eq!(approvals(&system).await, 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_actor_of_a_re_request_is_a_claim_that_keeps_them_from_approving_and_never_from_denying() {
        let system = at_noon().await;
        let jane = system.key("user:jane@acme.com", &["approver"]).await;
        let first = system.ask("gmail.send", json!({})).await;
        assert_eq!(
            system.resolve(&jane, &first.id, json!({ "decision": "denied" })).await.0,
            200,
            "she is an approver"
        );
        let mut asking = again(&first.id);
        asking["actor"] = json!({ "id": "UJANE", "source": "slack" });
        let (status, child) = system_call(&system, &system.keys.agent, asking).await;
        assert_eq!(status, 200, "{child}");
        let id = child["requestId"].as_str().unwrap();
        let decided = system.resolve(&jane, id, json!({ "decision": "approved" })).await;
        assert_eq!(refused(decided), error(403, "NOT_AUTHORIZED"));
        assert_eq!(system.resolve(&jane, id, json!({ "decision": "denied" })).await.1["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_record_says_who_was_authenticated_and_beside_it_what_the_agent_claims() {
        let system = at_noon().await;
        let mut events = system.bus.listen();
        let first = denied(&system, "gmail.send", json!({})).await;
        let mut asking = again(&first.id);
        asking["actor"] = json!({ "id": "ciso", "source": "github" });
        let (status, child) = system_call(&system, &system.keys.agent, asking).await;
        assert_eq!(status, 200, "{child}");
        let asked = inbox(&system, child["requestId"].as_str().unwrap()).await["history"][0].clone();
        assert_eq!((&asked["by"], &asked["claimed"]), (&json!("agent:demo"), &json!("github:ciso")), "{asked}");
        let entry = inbox(&system, &first.id).await["history"][2].clone();
        assert_eq!((&entry["by"], &entry["claimed"]), (&json!("agent:demo"), &json!("github:ciso")), "{entry}");
        system.settle().await;
        let told = std::iter::from_fn(|| events.try_recv().ok());
        let told = told.filter(|event| event["detail-type"] == "approval.re_requested").map(|e| e["detail"].clone());
        let told: Vec<_> = told.map(|detail| (detail["by"].clone(), detail["claimed"].clone())).collect();
        assert_eq!(told, [(json!("agent:demo"), json!("github:ciso"))]);
        // Who asks for itself claims nothing.
        let second = denied(&system, "gmail.send", json!({})).await;
        asked_again(&system, &second.id).await;
        let entry = inbox(&system, &second.id).await["history"][2].clone();
        assert_eq!((&entry["by"], entry.get("claimed")), (&json!("agent:demo"), None), "{entry}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_owner_of_the_key_that_asks_again_approves_nothing_either() {
        let system = at_noon().await;
        let jane = system.key("user:jane@acme.com", &["approver"]).await;
        let first = denied(&system, "gmail.send", json!({})).await;
        let new = json!({ "name": "demo of jane", "subject": "agent:demo", "roles": ["agent"], "owner": "user:jane@acme.com" });
        let (_, made) = system.call(&system.keys.admin, "POST", "/api/settings/keys", new).await;
        let (status, child) = system_call(&system, made["key"].as_str().unwrap(), again(&first.id)).await;
        assert_eq!(status, 200, "{child}");
        let decided =
            system.resolve(&jane, child["requestId"].as_str().unwrap(), json!({ "decision": "approved" })).await;
        assert_eq!(refused(decided), error(403, "NOT_AUTHORIZED"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_asked_first_still_approves_nothing_about_the_child() {
        let policy = POLICY.replacen("allowReRequest: true", "allowReRequest: true\n    timeoutSec: 60", 1);
        let system = Start::fresh().at(clock()).under(&policy).start().await;
        let jane = system.key("user:jane@acme.com", &["approver"]).await;
        let mut asking = body("gmail.send", json!({}));
        asking["meta"]["requester"] = json!({ "id": "UJANE", "source": "slack" });
        let first = system.ask_for(asking).await;
        system.clock.advance(SignedDuration::from_secs(60));
        let child = asked_again(&system, &first.id).await;
        let decided = system.resolve(&jane, &child.id, json!({ "decision": "approved" })).await;
        assert_eq!(refused(decided), error(403, "NOT_AUTHORIZED"));
    }

    async fn system_call(system: &System, key: &str, body: Value) -> (u16, Value) {
        system.call(key, PATH.0, PATH.1, body).await
    }
}
