//! The gate executes what was approved, exactly once for a receiver that honours the idempotency key; or the agent does and says so.

use crate::harness::{Asked, Start, System, body};
use app::Clock;
use dispatch::Dispatch;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::webhook::{Fault, WebhookStandin};

const POLICY: &str = r#"
routing: { callbackHosts: ["127.0.0.1"] }
actions:
  mail.send:
    approvers: { anyOf: ["user:approver@localhost"] }
    onApproved: { connector: mailer, timeoutSec: 5 }
    redactParams: { mode: denylist, keys: [bcc] }
    allowParamOverrides: true
    overrideKeys: [subject]
  agents.own: { approvers: { anyOf: ["user:approver@localhost"] } }
"#;

/// A host by hand, a receiver, and the connector that leads to it: disabled for asking, since it is only to execute.
async fn stage() -> (System, WebhookStandin, String) {
    let clock = Clock::manual(Clock::Wall.now());
    let system = Start::fresh().under(POLICY).at(clock).start().await;
    let receiver = WebhookStandin::start().await.unwrap();
    receiver.take_any_size();
    let connector = json!({
        "name": "mailer", "endpoint": receiver.url(), "headers": { "X-Webhook-Secret": receiver.secret() },
    });
    let (status, made) = system.call(&system.keys.admin, "POST", "/api/settings/approval-connectors", connector).await;
    assert_eq!(status, 201, "{made}");
    (system, receiver, made["id"].as_str().unwrap().to_owned())
}

fn orders(receiver: &WebhookStandin) -> Vec<Value> {
    let all = receiver.deliveries().into_iter().filter(|d| d.kind() == "approval.execute");
    all.map(|d| d.body["data"].clone()).collect()
}

async fn approve(system: &System, asked: &Asked, decision: Value) {
    let (status, answer) = system.resolve(&system.keys.approver, &asked.id, decision).await;
    assert_eq!(status, 200, "{answer}");
    system.settle().await;
    system.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_gets_the_edited_parameters_whole_and_the_agent_only_the_outcome() {
    let (system, receiver, _) = stage().await;
    let params = json!({ "to": "jane@acme.com", "bcc": "boss@acme.com", "subject": "Hello" });
    let asked = system.ask("mail.send", params).await;
    assert_eq!(asked.answer["policy"]["executes"], "gate");
    approve(&system, &asked, json!({ "decision": "approved", "modified_action": { "subject": "Goodbye" } })).await;
    let orders = orders(&receiver);
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0]["params"], json!({ "to": "jane@acme.com", "bcc": "boss@acme.com", "subject": "Goodbye" }));
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &Value::Null));
    assert_eq!(told["execution"]["status"], "succeeded");
    let (_, inbox) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(inbox["execution"], told["execution"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_tried_again_under_the_same_id_until_it_takes_it() {
    let (system, receiver, _) = stage().await;
    let asked = system.ask("mail.send", json!({ "subject": "a" })).await;
    system.settle().await;
    receiver.fail_next(Fault::Status(503, None));
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    assert_eq!(system.poll(&asked.token).await["execution"]["status"], "pending");
    let mut minutes = 0;
    while system.poll(&asked.token).await["execution"]["status"] == "pending" {
        system.clock.advance(SignedDuration::from_mins(1));
        system.sweep().await;
        minutes += 1;
        assert!(minutes < 10, "it was not tried again");
    }
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["execution"]["status"], &told["execution"]["attempts"]), (&json!("succeeded"), &json!(2)));
    assert_eq!(orders(&receiver).len(), 1);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_nested_beyond_reading_is_kept_as_text_or_refused() {
    let (system, receiver, _) = stage().await;
    let deep = "[".repeat(126) + &"]".repeat(126);
    let asked = system.ask("mail.send", json!({ "subject": "a" })).await;
    system.settle().await;
    receiver.fail_next(Fault::Answer(200, deep.clone()));
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    assert_eq!(system.poll(&asked.token).await["execution"]["result"], json!(deep));
    let own = system.ask("agents.own", json!({})).await;
    approve(&system, &own, json!({ "decision": "approved" })).await;
    let (path, report) =
        (format!("/approvals/{}/execution", own.id), format!(r#"{{"status":"failed","detail":{deep}}}"#));
    let post = system.request("POST", &path).bearer_auth(&system.keys.agent).header("content-type", "application/json");
    let answer = post.body(report).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let (status, page) = system.get(&system.keys.approver, "/approvals?status=approved").await;
    assert_eq!((status, page["approvals"].as_array().unwrap().len()), (200, 2));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_refuses_ends_as_failed_seen_by_agent_and_people() {
    let (system, receiver, _) = stage().await;
    let asked = system.ask("mail.send", json!({ "subject": "a" })).await;
    system.settle().await;
    receiver.believe("whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbG9uZw==");
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    let told = system.poll(&asked.token).await;
    assert_eq!(told["execution"]["status"], "failed", "{told}");
    let (_, inbox) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(inbox["execution"]["status"], "failed");
    assert_eq!(inbox["history"].as_array().unwrap().last().unwrap()["event"], "executed");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_disabled_and_both_are_seen() {
    let (system, receiver, connector) = stage().await;
    let asked = system.ask("mail.send", json!({ "subject": "a" })).await;
    system.settle().await;
    receiver.fail_next(Fault::Status(410, None));
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    assert_eq!(system.poll(&asked.token).await["execution"]["status"], "failed");
    let row = system.connector_now(&json!({ "id": connector })).await;
    assert_eq!((&row["enabled"], &row["disabled_reason"]), (&json!(false), &json!("the endpoint answered 410 Gone")));
    let did = system.activity(&asked).await;
    assert_eq!(did, ["execution_failed -", "connector_disabled -"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_whose_secrets_cannot_be_opened_is_tried_again_and_holds_up_nothing() {
    let (system, receiver, connector) = stage().await;
    let (store, workspace) = (&system.gate.store, domain::Workspace::default_name());
    let whole = store.get_connector(&workspace, &connector).await.unwrap().unwrap();
    let sealed = system.gate.couriers.vault.seal("another", [7; 24], b"{}").unwrap();
    let shut = store::connectors::Connector { sealed, ..whole.clone() };
    store.replace_connector(&workspace, &whole, &shut).await.unwrap();
    system.clock.advance(SignedDuration::from_secs(6));
    let asked = system.ask("mail.send", json!({ "subject": "a" })).await;
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    let entries = system.activities(&asked).await;
    assert_eq!(entries[0]["message"], "mailer: its secrets cannot be opened", "{entries:?}");
    let shut = store.get_connector(&workspace, &connector).await.unwrap().unwrap();
    store.replace_connector(&workspace, &shut, &whole).await.unwrap();
    system.minutes(2).await;
    assert_eq!(orders(&receiver).len(), 1);
    let done = system.activities(&asked).await.pop().unwrap();
    assert_eq!(done["message"], "The webhook that executes took what was approved");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_again_after_a_crash_sends_the_same_id_and_after_the_end_nothing() {
    let (system, receiver, _) = stage().await;
    let asked = system.ask("mail.send", json!({ "subject": "a" })).await;
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    // The event once more, as the bus may do; and a sweep that looks at everything again.
    for _ in 0..3 {
        let nudge = json!({ "detail-type": "delivery.due", "detail": { "workspace": "default", "id": asked.id } });
        dispatch::handle(&Dispatch::from(&*system.gate), nudge).await.unwrap();
        system.sweep().await;
    }
    assert_eq!(orders(&receiver).len(), 1);
    assert!(receiver.repeats().is_empty());
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_executes_itself_reports_once_and_nobody_else_may() {
    let (system, _, _) = stage().await;
    let asked = system.ask("agents.own", json!({})).await;
    let path = format!("/approvals/{}/execution", asked.id);
    let report = json!({ "status": "succeeded", "detail": { "message_id": "7" } });
    let early = system.call(&system.keys.agent, "POST", &path, report.clone()).await;
    assert_eq!((early.0, &early.1["code"]), (409, &json!("INVALID_STATE")));
    approve(&system, &asked, json!({ "decision": "approved" })).await;
    assert_eq!(system.call(&system.keys.approver, "POST", &path, report.clone()).await.0, 403);
    let other = system.key("agent:other", &["agent"]).await;
    assert_eq!(system.call(&other, "POST", &path, report.clone()).await.0, 404);
    let (status, told) = system.call(&system.keys.agent, "POST", &path, report.clone()).await;
    assert_eq!((status, &told["execution"]["result"]), (200, &json!({ "message_id": "7" })));
    assert_eq!(system.call(&system.keys.agent, "POST", &path, report).await.0, 200);
    let again = system.call(&system.keys.agent, "POST", &path, json!({ "status": "failed" })).await;
    assert_eq!((again.0, &again.1["code"]), (409, &json!("INVALID_STATE")));
    let bad = system.call(&system.keys.agent, "POST", &path, json!({ "status": "maybe" })).await;
    assert_eq!(bad.0, 400);
    assert_eq!(system.poll(&asked.token).await["execution"]["status"], "succeeded");
    system.stop().await;
}

/// What only the token's holder can make.
pub(crate) fn key_of(token: &str) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(b"countersign callback");
    mac.finalize().into_bytes().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sleeping_agent_is_called_back_once_with_the_wait_answer_signed_by_its_token() {
    let (system, _, _) = stage().await;
    let sleeper = WebhookStandin::start().await.unwrap();
    for decision in ["approved", "denied"] {
        let mut asking = body("agents.own", json!({ "n": 1 }));
        asking["callback"] = json!({ "url": sleeper.url() });
        let asked = system.ask_for(asking).await;
        sleeper.believe_bytes(&key_of(&asked.token));
        let before = sleeper.deliveries().len();
        approve(&system, &asked, json!({ "decision": decision })).await;
        // The event comes again, as the bus may do: nobody is called twice.
        let nudge = json!({ "detail-type": "delivery.due", "detail": { "workspace": "default", "id": asked.id } });
        dispatch::handle(&Dispatch::from(&*system.gate), nudge).await.unwrap();
        system.settle().await;
        let all = sleeper.deliveries();
        assert_eq!(all.len(), before + 1, "{:?}", sleeper.refusals());
        let mut expected = system.poll(&asked.token).await;
        expected["requestId"] = json!(asked.id);
        assert_eq!(all[before].body["data"], expected);
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_to_a_host_that_the_policy_does_not_name_is_refused() {
    let (system, _, _) = stage().await;
    let mut asking = body("agents.own", json!({}));
    asking["callback"] = json!({ "url": "https://evil.example/hook" });
    let (status, told) = system.call(&system.keys.agent, "POST", "/api/guard/request", asking).await;
    assert_eq!((status, &told["code"]), (403, &json!("NOT_AUTHORIZED")));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_is_not_encrypted_is_for_laptops_only() {
    let system = Start::fresh().under(POLICY).strictly().start().await;
    let mut asking = body("agents.own", json!({}));
    asking["callback"] = json!({ "url": "http://127.0.0.1:1/hook" });
    let (status, told) = system.call(&system.keys.agent, "POST", "/api/guard/request", asking).await;
    assert_eq!((status, &told["code"]), (400, &json!("INVALID_PAYLOAD")));
    system.stop().await;
}
