//! What a query may have: what the OpenAPI document says, once, and nothing else; pages of the console and vendors' webhooks ignore the rest.

use super::send;
use crate::harness::documented::{DOCUMENT, resolved};
use crate::harness::pages::Browser;
use crate::harness::{Start, System};
use serde_json::{Value, json};

/// Every operation of the document with these tags: its method, an address, whose key it takes, its query parameters.
fn operations(tags: &[&str]) -> Vec<(String, String, Value)> {
    let items = DOCUMENT["paths"].as_object().unwrap().iter();
    let all =
        items.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, one)| (path, method, one)));
    let wanted = all.filter(|(_, _, one)| tags.iter().any(|tag| one["tags"][0] == *tag));
    wanted.map(|(path, method, one)| (method.to_uppercase(), address(path, one), one.clone())).collect()
}

/// The path with its examples.
fn address(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolved);
    parameters.filter(|parameter| parameter["in"] == "path").fold(path.to_owned(), |path, parameter| {
        path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), parameter["example"].as_str().unwrap())
    })
}

fn known(operation: &Value) -> Vec<&str> {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolved);
    parameters.filter(|parameter| parameter["in"] == "query").map(|p| p["name"].as_str().unwrap()).collect()
}

/// Whose key gets as far as the query.
fn key<'a>(system: &'a System, operation: &Value) -> &'a str {
    let asks = ["reportExecution", "cancelApproval"].iter().any(|id| operation["operationId"] == *id);
    match operation["tags"][0].as_str().unwrap() {
        "agents" => &system.keys.agent,
        "approvals" if asks => &system.keys.agent,
        "approvals" => &system.keys.approver,
        _ => &system.keys.admin,
    }
}

/// Each field that is named, and what is said of it.
fn details(answer: &str) -> Vec<(String, String)> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let all = answer["details"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let text = |fault: &Value, key: &str| fault[key].as_str().unwrap().to_owned();
    all.iter().map(|fault| (text(fault, "field"), text(fault, "problem"))).collect()
}

async fn faults(system: &System, (method, path): (&str, &str), operation: &Value) -> Vec<(String, String)> {
    let bearer = format!("Bearer {}", key(system, operation));
    let (status, _, text) = send(system, (method, path), &[("authorization", &bearer)], "{}").await;
    assert_eq!(status, 400, "{method} {path}: {text}");
    details(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_no_operation_knows_is_refused_by_each_and_each_is_named() {
    let system = System::start().await;
    let operations = operations(&["agents", "approvals", "settings", "connectors", "service"]);
    assert!(operations.len() > 25, "{}", operations.len());
    for (method, path, operation) in &operations {
        let named = faults(&system, (method, &format!("{path}?zzzzzzz=1&zzzzzzzz")), operation).await;
        let fields: Vec<&str> =
            named.iter().map(|(field, _)| field.as_str()).filter(|field| *field != "token").collect();
        assert_eq!(fields, ["zzzzzzz", "zzzzzzzz"], "{method} {path}");
        for name in known(operation) {
            let named = faults(&system, (method, &format!("{path}?{name}=1&{name}=1")), operation).await;
            assert!(
                named.iter().any(|(field, why)| field == name && why.contains("2 times")),
                "{method} {path}: {named:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_parameter_is_told_what_it_is_near_to_beside_all_other_faults() {
    let system = System::start().await;
    let list = &operations(&["approvals"])[0].2;
    assert_eq!(list["operationId"], "listApprovals");
    let named = faults(&system, ("GET", "/v1/approvals?stauts=denied&limit=0&%D1%8F=1&Limit=5&task=x"), list).await;
    let not = "is not a query parameter of this route";
    let expected = [
        ("Limit", format!("{not}; did you mean limit?")),
        ("limit", "must be a whole number between 1 and 100".to_owned()),
        ("stauts", format!("{not}; did you mean status?")),
        ("task", format!("{not}, which takes status, agent, task_id, limit, cursor")),
        ("я", format!("{not}, which takes status, agent, task_id, limit, cursor")),
    ];
    assert_eq!(named, expected.map(|(field, why)| (field.to_owned(), why)));
    let one = &operations(&["approvals"])[1].2;
    let named = faults(&system, ("GET", "/approvals/appr_01j9xk8q4rkc8v2m5t7w9y1b3d?status=denied"), one).await;
    assert_eq!(named, [("status".to_owned(), format!("{not}, which takes none"))]);
    let bearer = format!("Bearer {}", system.keys.admin);
    let path = "/api/settings/approval-connectors/ac_01j9xk8q4rkc8v2m5t7w9y1b3d?force=yes";
    let (status, _, text) = send(&system, ("DELETE", path), &[("authorization", &bearer)], "").await;
    assert_eq!((status, text.contains("must be true or false")), (400, true), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_vendors_webhooks_ignore_what_they_do_not_know() {
    let system = Start::fresh().start().await;
    let mut browser = Browser::open(&system);
    browser.get("/console/sign-in?utm_source=mail").await.must_say(200, &["Your key"]);
    // Jira adds these by itself. What is wrong is the signature, which the query is no part of.
    let path = "/api/callbacks/jira/ac_01j9xk8q4rkc8v2m5t7w9y1b3d?user_id=1&user_key=2";
    for path in [path, "/api/slack/interactions?from=slack"] {
        let (status, _, text) = send(&system, ("POST", path), &[], "{}").await;
        let named = details(&text);
        assert_eq!((status, named.len()), (400, 1), "{text}");
        assert!(named[0].0.to_lowercase().ends_with("signature"), "{}", json!(named));
    }
}
