//! Rules with conditions: what the policy lets through asks nobody, what it denies is not stored, and what it asks about keeps its demands,
//! whatever policy comes after it and whatever edit.

use crate::harness::{Start, System, body};
use serde_json::{Value, json};

const POLICY: &str = r#"
actions:
  payments.refund:
    approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"] }
    allowParamOverrides: true
    overrideKeys: [amount, country]
    redactParams: { mode: denylist, keys: [iban] }
    rules:
      - { name: small, when: params.amount <= 50, effect: allow }
      - { name: sanctioned, when: 'params.country in ["KP", "IR"]', effect: deny, reason: Refunds to this country are not allowed. }
      - { name: own-bank, when: 'params.iban.startsWith("DE")', timeoutSec: 60 }
      - { name: large, when: params.amount > 1000, approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
      - { name: watched, when: params.amount > 500, effect: deny, mode: shadow }
"#;

async fn start() -> System {
    Start::fresh().under(POLICY).start().await
}

fn refund(amount: Value) -> Value {
    json!({ "amount": amount, "country": "DE", "iban": "FR76" })
}

async fn people(system: &System) -> [String; 2] {
    [system.key("user:jane@acme.com", &["approver"]).await, system.key("user:omar@acme.com", &["approver"]).await]
}

async fn evaluate(system: &System, params: Value) -> Value {
    let asked = body("payments.refund", params);
    let (status, answer) = system.call(&system.keys.agent, "POST", "/api/guard/evaluate", asked).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_allows_is_approved_at_once_and_asks_nobody() {
    let system = start().await;
    let asked = system.ask("payments.refund", refund(json!(50))).await;
    assert_eq!((&asked.answer["status"], &asked.answer["policy"]["minApprovals"]), (&json!("pending"), &json!(0)));
    let outcome = &asked.answer["outcome"];
    assert_eq!((&outcome["status"], &outcome["approvers"]), (&json!("approved"), &json!(["policy:small"])));
    assert_eq!(outcome["decisionParams"], refund(json!(50)));
    assert_eq!(&system.poll(&asked.token).await, outcome, "a client that only polls learns the same");
    system.settle().await;
    let (_, seen) = system.get(&system.keys.admin, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(
        (&seen["status"], &seen["rule"], &seen["deliveries"]),
        (&json!("approved"), &json!("small"), &json!([]))
    );
    assert_eq!(seen["history"][1]["by"], "policy:small");
    let (status, refused) = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "denied" })).await;
    assert!(status == 403 || status == 409, "{status}: {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_what_was_allowed_gets_the_same_answer_to_the_byte() {
    let system = start().await;
    let ask = async || {
        let request = system.request("POST", "/api/guard/request").bearer_auth(&system.keys.agent);
        let request = request.header("idempotency-key", "run-17").json(&body("payments.refund", refund(json!(7))));
        request.send().await.unwrap().bytes().await.unwrap()
    };
    let first = ask().await;
    system.settle().await;
    assert_eq!(ask().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_denies_is_refused_with_its_reason_and_not_stored() {
    let system = start().await;
    let asked = body("payments.refund", json!({ "amount": 10, "country": "KP", "iban": "FR76" }));
    let (status, refused) = system.call(&system.keys.agent, "POST", "/api/guard/request", asked).await;
    assert_eq!((status, &refused["code"]), (403, &json!("POLICY_DENIED")), "{refused}");
    assert!(refused.to_string().contains("Refunds to this country are not allowed."), "{refused}");
    let missing = body("payments.refund", json!({ "amount": 10 }));
    let (status, refused) = system.call(&system.keys.agent, "POST", "/api/guard/request", missing).await;
    assert_eq!(status, 403, "a rule that denies and cannot be evaluated denies: {refused}");
    let (_, list) = system.get(&system.keys.admin, "/approvals?status=denied").await;
    assert_eq!(list["approvals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_finds_out_what_the_policy_says_and_nothing_is_stored() {
    let system = start().await;
    let said = evaluate(&system, refund(json!(50.0))).await;
    assert_eq!((&said["decision"], &said["rule"]), (&json!("allow"), &json!("small")));
    let said = evaluate(&system, refund(json!(600))).await;
    assert_eq!((&said["decision"], said.get("rule")), (&json!("ask"), None));
    assert_eq!(said["shadow"], json!([{ "rule": "watched", "effect": "deny" }]));
    let said = evaluate(&system, json!({ "amount": 1, "country": "IR" })).await;
    assert_eq!((&said["decision"], &said["rule"]), (&json!("deny"), &json!("sanctioned")));
    let said = evaluate(&system, json!({ "country": "DE", "amount": "50" })).await;
    assert_eq!(said["decision"], "ask", "{said}");
    assert!(said["reason"].as_str().unwrap().starts_with("rule small could not be evaluated: "), "{said}");
    let (_, list) = system.get(&system.keys.admin, "/approvals?status=approved").await;
    assert_eq!(list["approvals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_sees_the_original_of_a_hidden_value() {
    let system = start().await;
    let asked = system.ask("payments.refund", json!({ "amount": 60, "country": "DE", "iban": "DE89" })).await;
    assert_eq!(asked.answer["policy"]["timeoutSec"], 60, "rule own-bank");
    let [jane, _] = people(&system).await;
    let (status, decided) = system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!((status, &decided["status"]), (200, &json!("approved")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_allows_no_more_holds_from_the_next_request_on() {
    let system = start().await;
    system.ask("payments.refund", refund(json!(10))).await;
    system.put_policy(&POLICY.replace("params.amount <= 50, effect: allow", "params.amount <= 50, effect: deny")).await;
    let (status, refused) =
        system.call(&system.keys.agent, "POST", "/api/guard/request", body("payments.refund", refund(json!(10)))).await;
    assert_eq!(status, 403, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_keeps_its_demands_and_takes_on_those_of_a_stricter_policy() {
    let system = start().await;
    let [jane, omar] = people(&system).await;
    let approve = json!({ "decision": "approved" });
    let asked = system.ask("payments.refund", refund(json!(2000))).await;
    assert_eq!(asked.answer["policy"]["minApprovals"], 2);
    // A looser policy lowers nothing.
    system.put_policy(&POLICY.replace("params.amount > 1000", "params.amount > 9000")).await;
    let (_, decided) = system.resolve(&jane, &asked.id, approve.clone()).await;
    assert_eq!(decided["status"], "pending", "{decided}");
    // A stricter one denies what is open.
    system.put_policy(&POLICY.replace(r#"["KP", "IR"]"#, r#"["DE"]"#)).await;
    let (status, refused) = system.resolve(&omar, &asked.id, approve.clone()).await;
    assert_eq!(status, 403, "{refused}");
    system.put_policy(POLICY).await;
    let (_, decided) = system.resolve(&omar, &asked.id, approve.clone()).await;
    assert_eq!(decided["status"], "approved");
    // A stricter one asks for more.
    let asked = system.ask("payments.refund", refund(json!(100))).await;
    system.put_policy(&POLICY.replace("params.amount > 1000", "params.amount > 90")).await;
    let (_, decided) = system.resolve(&jane, &asked.id, approve.clone()).await;
    assert_eq!(decided["status"], "pending", "{decided}");
    let (_, decided) = system.resolve(&omar, &asked.id, approve).await;
    assert_eq!(decided["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_takes_on_the_demands_of_what_it_makes_and_cannot_make_what_is_denied() {
    let system = start().await;
    let [jane, omar] = people(&system).await;
    let asked = system.ask("payments.refund", refund(json!(100))).await;
    let edit = |action: Value| json!({ "decision": "approved", "modified_action": action });
    let (status, refused) = system.resolve(&jane, &asked.id, edit(json!({ "country": "KP" }))).await;
    assert_eq!(status, 403, "{refused}");
    let (status, decided) = system.resolve(&jane, &asked.id, edit(json!({ "amount": 5000 }))).await;
    assert_eq!((status, &decided["status"]), (200, &json!("pending")), "a large refund needs two: {decided}");
    let (_, decided) = system.resolve(&omar, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(decided["status"], "approved");
    // An edit down to what would be allowed still has its own approver.
    let asked = system.ask("payments.refund", refund(json!(100))).await;
    let (_, decided) = system.resolve(&jane, &asked.id, edit(json!({ "amount": 10 }))).await;
    assert_eq!(decided["status"], "approved");
    let (status, _) = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(status, 403, "nobody whom no policy names");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_just_refused_is_not_let_through() {
    let system = start().await;
    let [jane, _] = people(&system).await;
    let asked = system.ask("payments.refund", refund(json!(60))).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "denied" })).await.0, 200);
    system.put_policy(&POLICY.replace("params.amount <= 50", "params.amount <= 70")).await;
    let same = body("payments.refund", refund(json!(60)));
    let (status, refused) = system.call(&system.keys.agent, "POST", "/api/guard/request", same).await;
    assert_eq!((status, &refused["code"]), (403, &json!("POLICY_DENIED")), "{refused}");
    let another = system.ask("payments.refund", refund(json!(61))).await;
    assert_eq!(another.answer["outcome"]["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_request_is_never_let_through() {
    let again =
        POLICY.replace("    allowParamOverrides: true", "    allowReRequest: true\n    allowParamOverrides: true");
    let system = Start::fresh().under(&again).start().await;
    let [jane, _] = people(&system).await;
    let asked = system.ask("payments.refund", refund(json!(60))).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "denied" })).await.0, 200);
    system.put_policy(&again.replace("params.amount <= 50", "params.amount <= 70")).await;
    let body = json!({ "originalRequestId": asked.id, "actor": { "id": "demo", "source": "agent" } });
    let (status, refused) = system.call(&system.keys.agent, "POST", "/api/guard/rerequest", body).await;
    assert_eq!((status, &refused["code"]), (403, &json!("POLICY_DENIED")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_keeps_to_what_every_ruling_lets_people_edit() {
    let system = start().await;
    let [jane, _] = people(&system).await;
    let asked = system.ask("payments.refund", refund(json!(100))).await;
    let frozen =
        "- { name: frozen, when: 'params.country == \"DE\"', allowParamOverrides: false }\n      - { name: small";
    system.put_policy(&POLICY.replace("- { name: small", frozen)).await;
    let edit = json!({ "decision": "approved", "modified_action": { "amount": 90 } });
    let (status, refused) = system.resolve(&jane, &asked.id, edit).await;
    assert_eq!((status, &refused["code"]), (422, &json!("OVERRIDE_NOT_ALLOWED")), "{refused}");
    let (_, decided) = system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(decided["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_is_out_though_the_policy_would_let_the_request_through_now() {
    let system = start().await;
    let [jane, omar] = people(&system).await;
    let asked = system.ask("payments.refund", refund(json!(60))).await;
    let without_jane = POLICY.replace("params.amount <= 50", "params.amount <= 70").replace(
        r#"approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"] }"#,
        r#"approvers: { anyOf: ["user:omar@acme.com"] }"#,
    );
    system.put_policy(&without_jane).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await.0, 403);
    let (status, decided) = system.resolve(&omar, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!((status, &decided["status"]), (200, &json!("approved")), "{decided}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_which_rule_holds() {
    let system = start().await;
    let trial = async |params: Value| {
        let trial = json!({ "action": "payments.refund", "params": params });
        system.call(&system.keys.admin, "POST", "/api/settings/policy/check", trial).await.1["decision"].clone()
    };
    let decision = trial(refund(json!(50))).await;
    assert_eq!((&decision["effect"], &decision["rule"]), (&json!("allow"), &json!("small")));
    let decision = trial(refund(json!(2000))).await;
    assert_eq!(
        (&decision["effect"], &decision["rule"], &decision["minApprovals"]),
        (&json!("ask"), &json!("large"), &json!(2))
    );
    let decision = trial(json!({ "amount": 2000, "country": "KP" })).await;
    assert_eq!((&decision["effect"], &decision["rule"]), (&json!("deny"), &json!("sanctioned")));
}
