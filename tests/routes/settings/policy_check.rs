//! `POST /api/settings/policy/check`.

use crate::harness::{POLICY, Start, System};
use crate::routes::{bearer, error, everything, refused, send};
use serde_json::{Value, json};

const PATH: &str = "/api/settings/policy/check";

async fn check(system: &System, body: Value) -> Value {
    let (status, answer) = system.call(&system.keys.admin, "POST", PATH, body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_in_force_is_tried_where_none_is_given() {
    let system = System::start().await;
    let params = json!({ "to": "a", "bcc": "hidden", "body": { "secret": "hidden", "text": "t" } });
    let answer = check(&system, json!({ "action": "gmail.send", "params": params })).await;
    let (_, v1) = system.call(&system.keys.admin, "POST", "/v1/api/settings/policy/check", json!({})).await;
    assert_eq!((&v1["valid"], &v1["hash"], v1.get("decision")), (&json!(true), &answer["hash"], None));
    let decision = json!({
        "effect": "ask",
        "matched": "gmail.send",
        "approvers": ["slack:UJANE", "user:jane@acme.com", "user:approver@localhost"],
        "superApprovers": ["user:root@acme.com"],
        "minApprovals": 1,
        "requiredPersonas": [],
        "timeoutSec": 3600,
        "params": { "to": "a", "bcc": "«redacted»", "body": { "secret": "«redacted»", "text": "t" } },
    });
    assert_eq!((&answer["valid"], &answer["faults"], &answer["decision"]), (&json!(true), &json!([]), &decision));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_tried_without_being_put_in_force() {
    let system = System::start().await;
    let before = everything(&system).await;
    let mine = json!({ "actions": { "a.*": { "approvers": { "anyOf": ["user:x@acme.com"] }, "timeoutSec": 5 } } });
    for policy in [
        mine.clone(),
        json!(mine.to_string()),
        json!("actions: { a.*: { timeoutSec: 5, approvers: { anyOf: [\"user:x@acme.com\"] } } }"),
    ] {
        let answer = check(&system, json!({ "policy": policy, "action": "a.b" })).await;
        assert_eq!((&answer["decision"]["matched"], &answer["decision"]["timeoutSec"]), (&json!("a.*"), &json!(5)));
    }
    let auth = bearer(&system.keys.admin);
    let headers = [("authorization", auth.as_str()), ("content-type", "application/yaml")];
    let (status, _, text) = send(&system, ("POST", PATH), &headers, POLICY).await;
    assert_eq!((status, serde_json::from_str::<Value>(&text).unwrap()["valid"].clone()), (200, json!(true)));
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_document_is_an_answer_with_the_faults_a_put_would_name() {
    let system = System::start().await;
    let faulty = include_str!("../faulty-policy.yaml");
    let answer = check(&system, json!({ "policy": faulty, "action": "a.b" })).await;
    assert_eq!((&answer["valid"], answer.get("hash"), answer.get("decision")), (&json!(false), None, None));
    let put = system.request("PUT", "/api/settings/policy").bearer_auth(&system.keys.admin).body(faulty);
    let refused: Value = put.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["faults"], refused["details"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_too_long_to_be_kept_is_told_the_limit_by_check_and_put_alike() {
    let system = System::start().await;
    let mut before = everything(&system).await;
    let auth = bearer(&system.keys.admin);
    let headers = [("authorization", auth.as_str()), ("content-type", "application/yaml")];
    let limit = "is too long: it is kept as it was written and as compact JSON, which may have 390,000 bytes together";
    for (length, fits) in [(194_000, true), (196_000, false)] {
        let approvers = "approvers: { anyOf: [\"user:x@acme.com\"] }";
        let document = format!("actions: {{ a.b: {{ description: {}, {approvers} }} }}", "x".repeat(length));
        let (status, _, text) = send(&system, ("POST", PATH), &headers, document.clone()).await;
        let checked: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &checked["valid"]), (200, &json!(fits)), "{length}");
        let (status, _, text) = send(&system, ("PUT", "/api/settings/policy"), &headers, document).await;
        let put: Value = serde_json::from_str(&text).unwrap();
        match fits {
            true => {
                assert_eq!(status, 200, "{put}");
                before = everything(&system).await;
            }
            false => {
                assert_eq!((status, &put["details"]), (400, &checked["faults"]));
                let problem = checked["faults"][0]["problem"].as_str().unwrap();
                assert!(problem.starts_with(limit), "{problem}");
                assert_eq!(everything(&system).await, before);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_refuses_is_said_with_its_reason() {
    let system = System::start().await;
    for (action, reason) in [("never.do", "the policy denies"), ("nobody.knows", "no policy names")] {
        let decision = check(&system, json!({ "action": action })).await["decision"].clone();
        assert_eq!(decision["effect"], "deny");
        assert!(decision["reason"].as_str().unwrap().starts_with(reason), "{decision}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_are_refused_and_without_any_policy_there_is_nothing_to_try() {
    let system = Start::fresh().lawless().start().await;
    assert_eq!(refused(system.call(&system.keys.admin, "POST", PATH, json!({})).await), error(404, "NOT_FOUND"));
    let (status, answer) =
        system.call(&system.keys.admin, "POST", PATH, json!({ "action": 1, "params": [], "x": 1 })).await;
    let fields: Vec<&str> =
        answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (400, vec!["action", "params", "x"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_may_try_the_longest_policy_there_is() {
    let system = System::start().await;
    let auditor = system.key("user:auditor@acme.com", &["auditor"]).await;
    // Each begins with the ones before; no end is another's, but of the last two.
    let glob = |n: usize| format!("{}*{}{n:04}", "a".repeat(n % 150), "b".repeat(195 - n % 150));
    let rule = json!({ "approvers": { "anyOf": ["user:x@acme.com"] } });
    let mut actions: serde_json::Map<String, Value> = (0..999).map(|n| (glob(n), rule.clone())).collect();
    let tried = |actions: &serde_json::Map<String, Value>| json!({ "policy": { "actions": actions } });
    let (status, answer) = system.call(&auditor, "POST", PATH, tried(&actions)).await;
    assert_eq!((status, &answer["valid"]), (200, &json!(true)), "{answer}");
    let other = glob(998).replacen("a*b", "**b", 1);
    actions.insert(other, rule);
    let (_, answer) = system.call(&auditor, "POST", PATH, tried(&actions)).await;
    let faults = answer["faults"].as_array().unwrap();
    assert!(faults.len() == 1 && faults[0]["problem"].as_str().unwrap().starts_with("ties with"), "{faults:?}");
}
