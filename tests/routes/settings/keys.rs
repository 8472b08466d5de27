//! `GET` and `POST /api/settings/keys`, `DELETE /api/settings/keys/{id}`, and which role each route needs.

use crate::harness::{POLICY, System, body};
use crate::routes::{at_noon, error, everything, key_in, mask, refused};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATH: &str = "/api/settings/keys";

async fn make(system: &System, new: Value) -> (u16, Value) {
    system.call(&system.keys.admin, "POST", PATH, new).await
}

async fn list(system: &System) -> Vec<Value> {
    let (status, answer) = system.get(&system.keys.admin, PATH).await;
    assert_eq!(status, 200, "{answer}");
    answer["keys"].as_array().unwrap().clone()
}

fn new(subject: &str, roles: &[&str]) -> Value {
    json!({ "name": "a key", "subject": subject, "roles": roles })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_never_in_the_list_or_the_table() {
    let system = at_noon().await;
    let mut asked = new("agent:bot", &["agent"]);
    (asked["owner"], asked["expires_at"]) = (json!("user:jane@acme.com"), json!("2026-04-21T10:06:00Z"));
    let (status, made) = make(&system, asked).await;
    let expected = json!({
        "id": "key_…",
        "key": "csk_…",
        "name": "a key",
        "workspace": "default",
        "subject": "agent:bot",
        "roles": ["agent"],
        "owner": "user:jane@acme.com",
        "created_at": "2026-04-21T10:05:00Z",
        "expires_at": "2026-04-21T10:06:00Z",
        "revoked_at": null,
    });
    assert_eq!((status, mask(&made)), (201, expected.clone()));
    let listed = list(&system).await.into_iter().find(|k| k["id"] == made["id"]).unwrap();
    let mut without = expected;
    without.as_object_mut().unwrap().remove("key");
    assert_eq!(mask(&listed), without);
    let secret = made["key"].as_str().unwrap();
    assert!(secret.starts_with("csk_") && secret.len() >= 4 + 43, "at least 256 bits");
    assert!(!everything(&system).await.join("\n").contains(&secret[4..]), "it is stored hashed");
    let subjects: BTreeSet<String> = list(&system).await.iter().map(|k| k["subject"].to_string()).collect();
    assert_eq!(subjects.len(), 4, "the local host's three, and this one: {subjects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_until_it_is_revoked_and_the_list_says_when() {
    let system = at_noon().await;
    let (_, made) = make(&system, new("agent:bot", &["agent"])).await;
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(system.get(key, "/approvals").await.0, 200);
    system.clock.advance(SignedDuration::from_secs(60));
    let revoked = system.call(&system.keys.admin, "DELETE", &format!("{PATH}/{id}"), Value::Null).await;
    assert_eq!(revoked, (200, json!({ "id": id, "status": "revoked" })));
    assert_eq!(refused(system.get(key, "/approvals").await), error(401, "UNAUTHENTICATED"), "at once");
    let listed = list(&system).await.into_iter().find(|k| k["id"] == id).unwrap();
    assert_eq!(listed["revoked_at"], "2026-04-21T10:06:00Z");
    for gone in [id, "key_00000000000000000000000000", "nonsense"] {
        let again = system.call(&system.keys.admin, "DELETE", &format!("/v1{PATH}/{gone}"), Value::Null).await;
        assert!(matches!(again.0, 200 | 404), "{again:?}");
        assert_eq!(again.0 == 200, gone == id, "revoking twice is no fault, revoking nothing is: {again:?}");
    }
    let listed = list(&system).await.into_iter().find(|k| k["id"] == id).unwrap();
    assert_eq!(listed["revoked_at"], "2026-04-21T10:06:00Z", "it was revoked then, not again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_refused_from_that_instant_on() {
    let system = at_noon().await;
    let mut asked = new("user:jane@acme.com", &["approver"]);
    asked["expires_at"] = json!("2026-04-21T10:06:00Z");
    let key = make(&system, asked).await.1["key"].as_str().unwrap().to_owned();
    system.clock.advance(SignedDuration::from_millis(59_999));
    assert_eq!(system.get(&key, "/approvals").await.0, 200);
    system.clock.advance(SignedDuration::from_millis(1));
    assert_eq!(refused(system.get(&key, "/approvals").await), error(401, "UNAUTHENTICATED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_new_key_is_named_and_nothing_is_stored() {
    let system = at_noon().await;
    let before = everything(&system).await;
    let with = |key: &str, value: Value| {
        let mut asked = new("user:jane@acme.com", &["approver"]);
        asked[key] = value;
        asked
    };
    for (asked, fields) in [
        (json!({}), vec!["name", "roles", "subject"]),
        (with("name", json!("")), vec!["name"]),
        (with("subject", json!("jane")), vec!["subject"]),
        (with("subject", json!("slack:U1")), vec!["subject"]),
        (with("subject", json!("user:jane")), vec!["subject"]),
        (with("roles", json!([])), vec!["roles"]),
        (with("roles", json!(["root"])), vec!["roles[0]"]),
        (with("roles", json!("admin")), vec!["roles"]),
        (with("roles", json!(["approver", "Admin", 7])), vec!["roles[1]", "roles[2]"]),
        (new("agent:bot", &["agent", "approver"]), vec!["roles"]),
        (new("agent:bot", &["admin"]), vec!["roles"]),
        (with("owner", json!("nobody")), vec!["owner"]),
        (with("owner", json!("slack:@jane")), vec!["owner"]),
        (with("owner", json!("slack:u0123456789")), vec!["owner"]),
        (with("owner", json!("github:@octocat")), vec!["owner"]),
        (with("subject", json!("user:@jane")), vec!["subject"]),
        (with("expires_at", json!("2026-04-21T10:05:00Z")), vec!["expires_at"]),
        (with("expires_at", json!("tomorrow")), vec!["expires_at"]),
        (with("expires_at", json!(1)), vec!["expires_at"]),
        (with("rolez", json!([])), vec!["rolez"]),
    ] {
        let (status, answer) = make(&system, asked.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{asked} {answer}");
        let found: Vec<&str> =
            answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
        assert_eq!(found, fields, "{asked} {answer}");
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_workspace_are_neither_seen_nor_revoked() {
    let system = System::start().await;
    let away = key_in(&system, "away", "user:admin@acme.com", &["admin"]).await;
    let there = |method: &str, path: &str| {
        system.request(method, path).bearer_auth(&away).header("x-workspace-namespace", "away").send()
    };
    let seen: Value = there("GET", PATH).await.unwrap().json().await.unwrap();
    assert_eq!(seen["keys"].as_array().unwrap().len(), 1);
    let (_, made) = make(&system, new("agent:bot", &["agent"])).await;
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    assert_eq!(there("DELETE", &path).await.unwrap().status(), 404);
    assert_eq!(system.get(made["key"].as_str().unwrap(), "/approvals").await.0, 200);
    assert!(list(&system).await.iter().all(|k| k["workspace"] == "default"));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_keys_than_a_page_are_listed_each_once() {
    let system = System::start().await;
    for _ in 0..120 {
        system.key("agent:bot", &["agent"]).await;
    }
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let (status, page) = system.get(&system.keys.admin, &format!("{PATH}{cursor}")).await;
        assert_eq!(status, 200, "{page}");
        ids.extend(page["keys"].as_array().unwrap().iter().map(|k| k["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("?cursor={next}"),
            None => break,
        }
    }
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (123, 123));
    assert_eq!(
        refused(system.get(&system.keys.admin, &format!("{PATH}?cursor=x")).await),
        error(400, "INVALID_PAYLOAD")
    );
}

/// A fresh target and one call for each route, by what it is called in the matrix.
async fn matrix_row(system: &System, key: &str, method: &str, route: &str) -> u16 {
    let approval = || async { system.ask("plain.post", json!({})).await.id };
    let (path, sent) = match (method, route) {
        ("POST", "/api/guard/request") => (route.to_owned(), body("plain.post", json!({}))),
        (_, "/approvals/{id}") => (format!("/approvals/{}", approval().await), Value::Null),
        (_, "/approvals/{id}/resolve") => {
            (format!("/approvals/{}/resolve", approval().await), json!({ "decision": "approved" }))
        }
        (_, "/approvals/{id}/cancel") => (format!("/approvals/{}/cancel", approval().await), Value::Null),
        (_, "/api/guard/rerequest") => {
            let refused = system.ask("gmail.send", json!({})).await.id;
            let deny = json!({ "decision": "denied" });
            assert_eq!(system.resolve(&system.keys.approver, &refused, deny).await.0, 200);
            (route.to_owned(), json!({ "originalRequestId": refused, "actor": { "id": "demo", "source": "agent" } }))
        }
        ("PATCH", _) => (route.replace("{agent}", "demo"), json!({ "approval_ttl_hours": 1 })),
        ("GET", "/agents/{agent}/config") => (route.replace("{agent}", "demo"), Value::Null),
        ("DELETE", _) => {
            let (_, made) = make(system, new("agent:bot", &["agent"])).await;
            (format!("{PATH}/{}", made["id"].as_str().unwrap()), Value::Null)
        }
        ("POST", PATH) => (route.to_owned(), new("agent:bot", &["agent"])),
        ("PUT", _) => {
            let put = system.request("PUT", route).bearer_auth(key).header("content-type", "application/yaml");
            return put.body(POLICY).send().await.unwrap().status().as_u16();
        }
        ("POST", "/api/settings/policy/check") => (route.to_owned(), json!({})),
        _ => (route.to_owned(), Value::Null),
    };
    system.call(key, method, &path, sent).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_needs_the_role_that_semantics_says() {
    let system = System::start().await;
    let jane = "user:jane@acme.com";
    let keys = [
        "csk_nobody".to_owned(),
        system.keys.agent.clone(),
        system.key(jane, &["approver"]).await,
        system.key(jane, &["auditor"]).await,
        system.key(jane, &["admin"]).await,
    ];
    let mut table = format!("{:<36}{:>8}{:>8}{:>10}{:>9}{:>7}\n", "", "none", "agent", "approver", "auditor", "admin");
    for (method, route) in [
        ("POST", "/api/guard/request"),
        ("POST", "/api/guard/rerequest"),
        ("GET", "/approvals"),
        ("GET", "/approvals/{id}"),
        ("POST", "/approvals/{id}/resolve"),
        ("POST", "/approvals/{id}/cancel"),
        ("GET", "/agents/{agent}/config"),
        ("PATCH", "/agents/{agent}/config"),
        ("GET", "/api/settings/policy"),
        ("PUT", "/api/settings/policy"),
        ("POST", "/api/settings/policy/check"),
        ("GET", "/api/settings/keys"),
        ("POST", "/api/settings/keys"),
        ("DELETE", "/api/settings/keys/{id}"),
    ] {
        let mut row = Vec::new();
        for key in &keys {
            row.push(matrix_row(&system, key, method, route).await);
        }
        let name = format!("{method} {route}");
        table += &format!("{name:<36}{:>8}{:>8}{:>10}{:>9}{:>7}\n", row[0], row[1], row[2], row[3], row[4]);
    }
    insta::assert_snapshot!(table);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_id_is_no_keys_however_long_it_is() {
    let system = System::start().await;
    for id in ["x".repeat(3_000), format!("key_{}", "x".repeat(3_000)), "key_".into(), "%00".into()] {
        let path = format!("/api/settings/keys/{id}");
        let revoked = system.call(&system.keys.admin, "DELETE", &path, Value::Null).await;
        assert_eq!(refused(revoked), error(404, "NOT_FOUND"), "{id}");
    }
    let after = format!("/api/settings/keys?cursor=key_{}", "x".repeat(3_000));
    assert_eq!(refused(system.get(&system.keys.admin, &after).await), error(400, "INVALID_PAYLOAD"));
}
