//! A request that a person refused is asked anew as if nothing had been: it is recognised, and refused or shown for what it is.

use crate::harness::pages::Browser;
use crate::harness::{Asked, Start, System, body};
use crate::journeys::slack::stage::{Stage, by_hand};
use domain::{ApprovalId, Workspace};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::rates::{Bucket, Rate, Taken};

const POLICY: &str = r#"
people: { jane: ["slack:UJANE", "user:jane@acme.com"], omar: ["slack:UOMAR", "user:omar@acme.com"] }
routing: { defaultChannel: C0123, defaultTimeoutSec: 86400 }
actions:
  strict:
    approvers: { anyOf: ["user:approver@localhost", "user:jane@acme.com", "slack:UOMAR"], minApprovals: 1 }
    redactParams: { mode: denylist, keys: ["card"] }
    allowParamOverrides: true
    overrideKeys: ["amount"]
  strict.two:
    approvers: { anyOf: ["user:jane@acme.com", "slack:UOMAR"], minApprovals: 2 }
    allowParamOverrides: true
    overrideKeys: ["amount"]
  patient: { approvers: { anyOf: ["user:approver@localhost"] }, reRequestCooldownSec: 7200 }
  loose:
    approvers: { anyOf: ["user:approver@localhost", "slack:UOMAR"] }
    redactParams: { mode: denylist, keys: ["card"] }
    allowReRequest: true
  rests: { approvers: { anyOf: ["user:approver@localhost"] }, allowReRequest: true, reRequestCooldownSec: 90 }
"#;

async fn host() -> System {
    Start::fresh().at(by_hand()).under(POLICY).start().await
}

fn refund() -> Value {
    json!({ "amount": 10, "card": "4111", "to": { "name": "Bob", "at": [1, 2] } })
}

/// Asks with a key and whole bodies; the status and the answer.
async fn ask_with(system: &System, key: &str, asking: Value) -> (u16, Value) {
    system.call(key, "POST", "/api/guard/request", asking).await
}

async fn ask(system: &System, action: &str, params: Value) -> (u16, Value) {
    ask_with(system, &system.keys.agent, body(action, params)).await
}

/// The holder of a key denies the request and has the answer. The test waits for nothing that follows.
async fn refuse(system: &System, key: &str, asked: &Asked) {
    let answer = system.resolve(key, &asked.id, json!({ "decision": "denied" })).await;
    assert_eq!(answer.0, 200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_may_not_be_asked_again_it_is_refused_whatever_else_differs() {
    let system = host().await;
    let asked = system.ask("strict", refund()).await;
    refuse(&system, &system.keys.approver, &asked).await;
    let (status, answer) = ask(&system, "strict", refund()).await;
    assert_eq!((status, &answer["code"]), (403, &json!("POLICY_DENIED")), "{answer}");
    let said = answer["error"].as_str().unwrap();
    assert!(said.contains("refused 0 seconds ago by user:approver@localhost") && said.contains(&asked.id), "{said}");
    assert!(!said.contains("4111"));

    // Whatever is not agent, action and parameters says nothing, nor does how the parameters are spelled.
    let mut other = body("strict", json!({}));
    other["meta"]["justification"] = json!("It is really needed");
    other["meta"]["taskId"] = json!("task-9");
    other["meta"]["links"] = json!([{ "url": "https://acme.com/x" }]);
    let text = other
        .to_string()
        .replace(r#""params":{}"#, r#""params":{"to":{"at":[1.0,2e0],"name":"\u0042ob"},"card":"4111","amount":1e1}"#);
    let post = system.request("POST", "/api/guard/request").bearer_auth(&system.keys.agent);
    let answer = post.header("content-type", "application/json").body(text).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let owned =
        json!({ "name": "same agent", "subject": "agent:demo", "roles": ["agent"], "owner": "user:eve@acme.com" });
    let (_, made) = system.call(&system.keys.admin, "POST", "/api/settings/keys", owned).await;
    assert_eq!(ask_with(&system, made["key"].as_str().unwrap(), body("strict", refund())).await.0, 403);

    // Others are others.
    for (key, value) in [("amount", json!(11)), ("card", json!("4112")), ("to", json!({ "name": "Bob", "at": [2, 1] }))]
    {
        let mut params = refund();
        params[key] = value;
        assert_eq!(ask(&system, "strict", params).await.0, 200, "{key}");
    }
    let another = system.key("agent:another", &["agent"]).await;
    assert_eq!(ask_with(&system, &another, body("strict", refund())).await.0, 200);
    assert_eq!(ask(&system, "loose", refund()).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_remembered_for_the_cooldown_and_ten_minutes_at_least() {
    let system = host().await;
    let (strict, patient) = (system.ask("strict", refund()).await, system.ask("patient", refund()).await);
    refuse(&system, &system.keys.approver, &strict).await;
    refuse(&system, &system.keys.approver, &patient).await;
    system.clock.advance(SignedDuration::from_secs(599));
    let (status, answer) = ask(&system, "strict", refund()).await;
    assert!(status == 403 && answer["error"].as_str().unwrap().contains("in 1 min"), "{answer}");
    system.clock.advance(SignedDuration::from_secs(1));
    let (status, again) = ask(&system, "strict", refund()).await;
    assert_eq!(status, 200);
    let (_, shown) =
        system.get(&system.keys.admin, &format!("/approvals/{}", again["requestId"].as_str().unwrap())).await;
    assert_eq!(shown.get("refused_before"), None);
    system.clock.advance(SignedDuration::from_secs(6_599));
    assert_eq!(ask(&system, "patient", refund()).await.0, 403);
    system.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(ask(&system, "patient", refund()).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_to_an_idempotency_key_is_repeated_all_the_same() {
    let system = host().await;
    let send = async |key: &str| {
        let post = system.request("POST", "/api/guard/request").bearer_auth(&system.keys.agent);
        let answer = post.header("idempotency-key", key).json(&body("strict", refund())).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (_, first) = send("k1").await;
    let asked = Asked { id: first["requestId"].as_str().unwrap().into(), token: String::new(), answer: Value::Null };
    refuse(&system, &system.keys.approver, &asked).await;
    assert_eq!(send("k1").await, (200, first));
    assert_eq!(send("k2").await.0, 403);
    system.clock.advance(SignedDuration::from_secs(600));
    assert_eq!(send("k2").await.0, 200, "a request that was refused has used its key for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_reads_who_refused_it_as_it_reads_every_approver() {
    let stage = Stage::with(Start::fresh().at(by_hand()).under(POLICY)).await;
    let (_, card) = stage.ask("strict", refund()).await;
    stage.click(&card, "deny", "UOMAR").await;
    let (status, answer) = ask(&stage.system, "strict", refund()).await;
    let said = answer["error"].as_str().unwrap();
    assert!(status == 403 && said.contains(" ago by UOMAR (appr_"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_that_there_are_refusals_outlives_a_bucket_that_nobody_uses() {
    let system = host().await;
    let asked = system.ask("strict", refund()).await;
    let (store, workspace) = (&system.gate.store, Workspace::default_name());
    let approval = store.get_approval(&workspace, &ApprovalId::parse(&asked.id).unwrap()).await.unwrap().unwrap();
    let day = |n: i64| SignedDuration::from_hours(24 * n);
    // Nobody has asked for 31 days, and the bucket is kept for one more.
    system.clock.advance(day(31));
    let now = system.clock.now();
    store.mark_refusal(&approval, now, now + day(20)).await.unwrap();
    store.mark_refusal(&approval, now, now + day(10)).await.unwrap();
    system.clock.advance(day(19));
    system.engine.sweep_ttl().await.unwrap();
    let rate = Rate { name: "creates", burst: 60, window_sec: 60 };
    let taken = store.take_token(Bucket::Creates(&workspace), rate, system.clock.now()).await.unwrap();
    assert!(matches!(taken, Taken::Yes { refusals: true, .. }), "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_persons_refusal_counts() {
    let system = host().await;
    let cancelled = system.ask("strict", refund()).await;
    system.call("", "POST", "/api/guard/cancel", json!({ "token": cancelled.token })).await;
    let open = system.ask("strict", refund()).await;
    // Somebody was about to refuse it, and was not in time: the mark alone says nothing.
    let (store, workspace) = (&system.gate.store, Workspace::default_name());
    let approval = store.get_approval(&workspace, &ApprovalId::parse(&open.id).unwrap()).await.unwrap().unwrap();
    let now = system.clock.now();
    store.mark_refusal(&approval, now, now + SignedDuration::from_mins(10)).await.unwrap();
    let second = system.ask("strict", refund()).await;
    for asked in [&open, &second] {
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    }
    system.ask("strict", refund()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_counts_and_not_what_somebody_made_of_it() {
    let system = host().await;
    let asked = system.ask("strict.two", json!({ "amount": 10 })).await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    let edit = json!({ "decision": "approved", "modified_action": { "amount": 5 } });
    assert_eq!(system.resolve(&jane, &asked.id, edit).await.0, 200);
    refuse(&system, &jane, &asked).await;
    assert_eq!(ask(&system, "strict.two", json!({ "amount": 10 })).await.0, 403);
    assert_eq!(ask(&system, "strict.two", json!({ "amount": 5 })).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_may_be_asked_again_everybody_sees_who_refused_it() {
    let stage = Stage::with(Start::fresh().at(by_hand()).under(POLICY)).await;
    let mut events = stage.system.bus.listen();
    let (first, card) = stage.ask("loose", refund()).await;
    stage.click(&card, "deny", "UOMAR").await;
    stage.system.clock.advance(SignedDuration::from_secs(200));
    let refused_at = stage.inbox(&first).await["resolved_at"].clone();
    let second = stage.system.ask("loose", refund()).await;
    stage.system.settle().await;
    let expected = json!({ "approval_id": first.id, "by": "slack:T0STANDIN/UOMAR", "at": refused_at });
    assert_eq!(stage.inbox(&second).await["refused_before"], expected);
    let card = stage.cards(&second).remove(0);
    assert!(card.reads().contains("The same request was refused 3 minutes ago by \nUOMAR"), "{}", card.reads());
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        told.extend(
            (event["detail"]["id"] == *second.id).then(|| event["detail"]["approval"]["refused_before"].clone()),
        );
    }
    assert!(!told.is_empty() && told.iter().all(|before| *before == expected), "{told:?}");
    let mut browser = Browser::open(&stage.system);
    browser.sign_in(&stage.system.keys.approver, "/console").await;
    let page = browser.get(&format!("/console/approvals/{}", second.id)).await;
    page.must_say(200, &["The same request was refused 3 minutes ago by", "slack:T0STANDIN/UOMAR", &first.id]);
    // Approved this time. People still see the refusal before, and it is no reason to refuse.
    stage.click(&card, "approve", "UOMAR").await;
    assert_eq!(stage.system.poll(&second.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_twin_that_was_refused_lets_nobody_ask_again_too_soon() {
    let system = host().await;
    let (one, two) = (system.ask("rests", refund()).await, system.ask("rests", refund()).await);
    refuse(&system, &system.keys.approver, &one).await;
    system.clock.advance(SignedDuration::from_secs(60));
    refuse(&system, &system.keys.approver, &two).await;
    system.clock.advance(SignedDuration::from_secs(40));
    let again = json!({ "originalRequestId": one.id, "actor": { "id": "demo", "source": "agent" } });
    let (status, answer) = system.call(&system.keys.agent, "POST", "/api/guard/rerequest", again.clone()).await;
    assert_eq!((status, &answer["code"]), (429, &json!("RATE_LIMITED")), "its twin was refused 40 seconds ago");
    system.clock.advance(SignedDuration::from_secs(50));
    let (status, child) = system.call(&system.keys.agent, "POST", "/api/guard/rerequest", again).await;
    assert_eq!(status, 200, "{child}");
    let path = format!("/approvals/{}", child["requestId"].as_str().unwrap());
    let (_, shown) = system.get(&system.keys.admin, &path).await;
    assert_eq!(shown["refused_before"]["approval_id"], two.id, "the newest refusal");
}
