//! `GET` and `PATCH /agents/{agent}/config`.

use crate::harness::{POLICY, Start, System, body};
use crate::routes::{at_noon, bearer, clock, error, everything, key_in, refused, send};
use jiff::SignedDuration;
use serde_json::{Value, json};

const PATH: &str = "/agents/sales/config";

async fn set(system: &System, agent: &str, hours: Value) -> (u16, Value) {
    let change = json!({ "approval_ttl_hours": hours });
    system.call(&system.keys.admin, "PATCH", &format!("/agents/{agent}/config"), change).await
}

/// The seconds that a request of a key's agent stays open.
async fn open_for(system: &System, key: &str, action: &str) -> u64 {
    let (status, asked) = system.call(key, "POST", "/api/guard/request", body(action, json!({}))).await;
    assert_eq!(status, 200, "{asked}");
    asked["policy"]["timeoutSec"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_set_is_null() {
    let system = at_noon().await;
    let nothing = json!({ "agent": "sales", "approval_ttl_hours": null, "updated_at": null, "updated_by": null });
    assert_eq!(system.get(&system.keys.admin, PATH).await, (200, nothing.clone()));
    assert_eq!(system.get(&system.keys.admin, &format!("/v1{PATH}")).await, (200, nothing));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contracts_own_curl_sets_it() {
    let system = at_noon().await;
    let auth = bearer(&system.keys.admin);
    let headers = [("authorization", auth.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let path = ("PATCH", "/v1/agents/sales/config");
    let (status, _, text) = send(&system, path, &headers, r#"{"approval_ttl_hours": 48}"#).await;
    let expected = json!({
        "agent": "sales",
        "approval_ttl_hours": 48,
        "updated_at": "2026-04-21T10:05:00Z",
        "updated_by": "user:admin@localhost",
    });
    assert_eq!((status, serde_json::from_str::<Value>(&text).unwrap()), (200, expected.clone()));
    assert_eq!(system.get(&system.keys.admin, PATH).await, (200, expected));
    let sales = system.key("agent:sales", &["agent"]).await;
    assert_eq!(open_for(&system, &sales, "plain.post").await, 48 * 3_600);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_a_number_of_hours_from_a_second_to_thirty_days() {
    let system = at_noon().await;
    for (hours, seconds) in [
        (json!(1.0 / 3_600.0), 1),
        (json!(0.5), 1_800),
        (json!(0.25), 900),
        (json!(1), 3_600),
        (json!(1.5), 5_400),
        (json!(719.999), 2_591_996),
        (json!(720), 2_592_000),
        (json!(720.0), 2_592_000),
    ] {
        let (status, set) = set(&system, "demo", hours.clone()).await;
        assert_eq!((status, set["approval_ttl_hours"].as_f64()), (200, hours.as_f64()), "{set}");
        assert_eq!(open_for(&system, &system.keys.agent, "plain.post").await, seconds, "{hours}");
    }
    let (_, before) = system.get(&system.keys.admin, "/agents/demo/config").await;
    for hours in [
        json!(0),
        json!(-0.0),
        json!(-1),
        json!(0.0001),
        json!(720.1),
        json!(720.000_1),
        json!(1e15),
        json!("48"),
        json!(true),
        json!([48]),
        json!({}),
    ] {
        let (status, answer) = set(&system, "demo", hours.clone()).await;
        let problem = "must be a number of hours, from one second to 720";
        let details = json!([{ "field": "approval_ttl_hours", "problem": problem }]);
        assert_eq!(
            (status, &answer["code"], &answer["details"]),
            (400, &json!("INVALID_PAYLOAD"), &details),
            "{hours}"
        );
    }
    assert_eq!(system.get(&system.keys.admin, "/agents/demo/config").await.1, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn null_goes_back_to_the_workspaces_own_and_what_is_not_named_stays() {
    let system = at_noon().await;
    assert_eq!(set(&system, "demo", json!(2)).await.0, 200);
    system.clock.advance(SignedDuration::from_secs(1));
    let (status, same) = system.call(&system.keys.admin, "PATCH", "/agents/demo/config", json!({})).await;
    assert_eq!((status, &same["approval_ttl_hours"]), (200, &json!(2)));
    assert_eq!(open_for(&system, &system.keys.agent, "plain.post").await, 7_200);
    let (status, reset) = set(&system, "demo", Value::Null).await;
    assert_eq!((status, &reset["approval_ttl_hours"]), (200, &Value::Null));
    assert_eq!(open_for(&system, &system.keys.agent, "plain.post").await, 3_600, "routing.defaultTimeoutSec");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_named_and_nothing_is_stored() {
    let system = at_noon().await;
    let before = everything(&system).await;
    let patch = |path: &'static str, body: Value| system.call(&system.keys.admin, "PATCH", path, body);
    let (status, answer) = patch(PATH, json!({ "approval_ttl_hours": "x", "approval_ttl": 1, "ttl": 2 })).await;
    let fields: Vec<&str> =
        answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
    assert_eq!((status, fields), (400, vec!["approval_ttl", "approval_ttl_hours", "ttl"]));
    for body in [json!([]), json!("x"), json!(48)] {
        assert_eq!(refused(patch(PATH, body).await), error(400, "INVALID_PAYLOAD"));
    }
    let auth = bearer(&system.keys.admin);
    for text in ["", "approval_ttl_hours=48", r#"{"approval_ttl_hours": NaN}"#, r#"{"approval_ttl_hours": 1e999}"#] {
        let (status, _, answer) = send(&system, ("PATCH", PATH), &[("authorization", &auth)], text).await;
        assert_eq!(refused((status, serde_json::from_str(&answer).unwrap())), error(400, "INVALID_PAYLOAD"), "{text}");
    }
    for agent in ["a%20b", "%C3%A9%20", "%00"] {
        let path = format!("/agents/{agent}/config");
        let answer = system.call(&system.keys.admin, "PATCH", &path, json!({ "approval_ttl_hours": 1 })).await;
        assert_eq!(refused(answer), error(400, "INVALID_PAYLOAD"), "{agent}");
        assert_eq!(refused(system.get(&system.keys.admin, &path).await), error(400, "INVALID_PAYLOAD"), "{agent}");
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_action_comes_before_the_agent_and_the_agent_before_the_workspace() {
    let rule = "approvers: { anyOf: [\"user:jane@acme.com\"] }";
    let actions = format!("actions: {{ a.timed: {{ timeoutSec: 60, {rule} }}, a.free: {{ {rule} }} }}\n");
    let system =
        Start::fresh().at(clock()).under(&format!("routing: {{ defaultTimeoutSec: 600 }}\n{actions}")).start().await;
    let key = &system.keys.agent;
    assert_eq!((open_for(&system, key, "a.timed").await, open_for(&system, key, "a.free").await), (60, 600));
    assert_eq!(set(&system, "demo", json!(0.5)).await.0, 200);
    assert_eq!((open_for(&system, key, "a.timed").await, open_for(&system, key, "a.free").await), (60, 1_800));
    let other = system.key("agent:other", &["agent"]).await;
    assert_eq!(open_for(&system, &other, "a.free").await, 600, "another agent's is its own");
    assert_eq!(set(&system, "demo", Value::Null).await.0, 200);
    system.put_policy(&actions).await;
    assert_eq!(open_for(&system, key, "a.free").await, 86_400, "a day, where nobody says");
    assert_eq!(set(&system, "demo", json!(48)).await.0, 200);
    assert_eq!(open_for(&system, key, "a.free").await, 172_800);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_name_is_percent_encoded_in_the_path() {
    let system = at_noon().await;
    let (status, answer) = set(&system, "verk%C3%A4ufer%3A1%25", json!(2)).await;
    assert_eq!((status, &answer["agent"]), (200, &json!("verkäufer:1%")));
    let agent = system.key("agent:verkäufer:1%", &["agent"]).await;
    assert_eq!(open_for(&system, &agent, "plain.post").await, 7_200);
    let (_, read) = system.get(&system.keys.admin, "/v1/agents/verk%c3%a4ufer:1%25/config").await;
    assert_eq!(read["approval_ttl_hours"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_from_the_next_request_on_and_not_for_what_is_open() {
    let system = at_noon().await;
    let asked = system.ask("plain.post", json!({})).await;
    assert_eq!(asked.answer["policy"]["timeoutSec"], 3_600);
    for hours in [2, 3, 1] {
        assert_eq!(set(&system, "demo", json!(hours)).await.0, 200);
        assert_eq!(open_for(&system, &system.keys.agent, "plain.post").await, hours * 3_600, "at once");
    }
    let (_, shown) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!(shown["expires_at"], "2026-04-21T11:05:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_set_it_auditors_read_it_and_nobody_else_does_either() {
    let system = at_noon().await;
    let jane = "user:jane@acme.com";
    let change = || json!({ "approval_ttl_hours": 1 });
    for (key, read, set) in [
        (system.keys.admin.clone(), 200, 200),
        (system.key(jane, &["auditor"]).await, 200, 403),
        (system.key(jane, &["approver"]).await, 403, 403),
        (system.key("agent:sales", &["agent"]).await, 403, 403),
        ("csk_unknown".to_owned(), 401, 401),
    ] {
        assert_eq!(system.get(&key, PATH).await.0, read);
        assert_eq!(system.call(&key, "PATCH", PATH, change()).await.0, set);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_another_workspace_have_their_own() {
    let system = at_noon().await;
    let admin = bearer(&key_in(&system, "away", "user:admin@acme.com", &["admin"]).await);
    let agent = bearer(&key_in(&system, "away", "agent:demo", &["agent"]).await);
    let away = |auth: &str| [("authorization", auth.to_owned()), ("x-workspace-namespace", "away".to_owned())];
    let call = async |auth: &str, route: (&str, &str), body: String| {
        let headers = away(auth);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let (status, _, text) = send(&system, route, &headers, body).await;
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    assert_eq!(call(&admin, ("PUT", "/api/settings/policy"), POLICY.into()).await.0, 200);
    assert_eq!(set(&system, "demo", json!(2)).await.0, 200);
    let path = "/agents/demo/config";
    assert_eq!(call(&admin, ("GET", path), String::new()).await.1["approval_ttl_hours"], Value::Null);
    let asking = body("plain.post", json!({})).to_string();
    let asked = call(&agent, ("POST", "/api/guard/request"), asking.clone()).await.1;
    assert_eq!(asked["policy"]["timeoutSec"], 3_600);
    assert_eq!(call(&admin, ("PATCH", path), json!({ "approval_ttl_hours": 5 }).to_string()).await.0, 200);
    let asked = call(&agent, ("POST", "/api/guard/request"), asking).await.1;
    assert_eq!(asked["policy"]["timeoutSec"], 18_000);
    assert_eq!(open_for(&system, &system.keys.agent, "plain.post").await, 7_200);
}
