//! `/api/settings/approval-connectors…` (`tests/contract/connectors-api.yaml`): made, seen, changed, deleted, defaults, activity, dead
//! letters.

use crate::harness::{Start, System};
use crate::routes::{at_noon, clock, error, everything, key_in, mask, refused};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use store::connectors::Kept;

const PATH: &str = "/api/settings/approval-connectors";
const WHSEC: &str = "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0Kysr";

/// A host as in production: https and public addresses alone.
async fn strict() -> System {
    Start::fresh().at(clock()).strictly().start().await
}

async fn admin(system: &System, method: &str, path: &str, body: Value) -> (u16, Value) {
    system.call(&system.keys.admin, method, &format!("{PATH}{path}"), body).await
}

async fn make(system: &System, body: Value) -> Value {
    let (status, made) = admin(system, "POST", "", body).await;
    assert_eq!(status, 201, "{made}");
    made
}

async fn patch(system: &System, row: &Value, change: Value) -> Value {
    let (status, changed) = admin(system, "PATCH", &at(row), change).await;
    assert_eq!(status, 200, "{changed}");
    changed
}

/// `/ac_…`
fn at(row: &Value) -> String {
    format!("/{}", row["id"].as_str().unwrap())
}

/// A sound body of each type, with every header.
fn sound(kind: &str) -> Value {
    let (endpoint, headers) = match kind {
        "slack" => ("C0123456789", json!({ "X-Slack-Bot-Token": "xoxb-1-2-abc", "X-Slack-Signing-Secret": "5ecre7" })),
        "teams" => (
            "https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sp=x&sig=5ecre7",
            json!({}),
        ),
        "jira" => (
            "https://acme.atlassian.net",
            json!({
                "X-Jira-Email": "gate@acme.com", "X-Jira-Api-Token": "ATATT-5ecre7", "X-Jira-Project": "OPS",
                "X-Jira-Issue-Type": "Task", "X-Jira-Webhook-Secret": "5ecre7",
            }),
        ),
        "pagerduty" => (
            "https://events.pagerduty.com/v2/enqueue",
            json!({ "X-PagerDuty-Routing-Key": "0123456789abcdef0123456789ABCDEF", "X-PagerDuty-Webhook-Secret": "5ecre7" }),
        ),
        _ => (
            "https://approvals.example.com/hook?team=1",
            json!({ "X-Webhook-Secret": WHSEC, "Authorization": "Bearer 5ecre7", "X-Plain": "5ecre7" }),
        ),
    };
    json!({ "name": format!("the {kind}"), "type": kind, "endpoint": endpoint, "headers": headers })
}

const KINDS: [&str; 5] = ["webhook", "slack", "teams", "jira", "pagerduty"];

/// A webhook of a name.
fn hook(name: &str) -> Value {
    json!({ "name": name, "endpoint": "https://approvals.example.com/hook" })
}

fn fields(answer: &Value) -> Vec<&str> {
    let details = answer["details"].as_array().unwrap_or_else(|| panic!("{answer}"));
    details.iter().map(|d| d["field"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_type_is_made_with_its_secrets_masked_and_read_back_the_same() {
    let system = strict().await;
    let mut made = Vec::new();
    for kind in KINDS {
        let row = make(&system, sound(kind)).await;
        system.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(admin(&system, "GET", &at(&row), Value::Null).await, (200, row.clone()));
        let v1 = system.get(&system.keys.admin, &format!("/v1{PATH}{}", at(&row))).await;
        assert_eq!(v1, (200, row.clone()));
        made.push(row);
    }
    let (status, listed) = admin(&system, "GET", "", Value::Null).await;
    assert_eq!((status, &listed), (200, &json!(made)), "a bare list, in the order they were made");
    assert!(!listed.to_string().contains("5ecre7"), "{listed}");
    insta::assert_json_snapshot!(mask(&listed));
    let kept = everything(&system).await.join("\n");
    for secret in ["5ecre7", "xoxb-1", WHSEC, "0123456789ABCDEF"] {
        assert!(!kept.contains(secret), "{secret} is stored in the clear");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_body_leaves_out_is_what_the_contract_says() {
    let system = at_noon().await;
    let bare = make(&system, hook("  bare  ")).await;
    let expected = json!({
        "id": "ac_…", "name": "bare", "type": "webhook", "endpoint": "https://approvals.example.com/hook",
        "headers": { "X-Webhook-Secret": "shown once" }, "enabled": true, "timeout_seconds": 10,
        "slack_security_mode": "compat", "created_at": "2026-04-21T10:05:00Z", "updated_at": "2026-04-21T10:05:00Z",
    });
    let mut shown = mask(&bare);
    shown["headers"]["X-Webhook-Secret"] = "shown once".into();
    assert_eq!(shown, expected);
    let mut said = sound("slack");
    said.as_object_mut().unwrap().extend(
        json!({ "enabled": false, "timeout_seconds": 120, "slack_security_mode": "strict" })
            .as_object()
            .unwrap()
            .clone(),
    );
    let row = make(&system, said).await;
    let found = [&row["enabled"], &row["timeout_seconds"], &row["slack_security_mode"]];
    assert_eq!(found, [&json!(false), &json!(120), &json!("strict")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhooks_secret_is_made_and_shown_this_once_and_again_where_it_was_taken_away() {
    let system = at_noon().await;
    let secret = |row: &Value| row["headers"]["X-Webhook-Secret"].as_str().unwrap().to_owned();
    let made = make(&system, hook("ours")).await;
    let first = secret(&made);
    let bytes = data_encoding::BASE64.decode(first.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
    assert_eq!(bytes.len(), 32, "{first}");
    let read = admin(&system, "GET", &at(&made), Value::Null).await.1;
    assert_eq!(secret(&read), "whsec_...");
    assert_eq!(secret(&patch(&system, &made, json!({ "timeout_seconds": 5 })).await), "whsec_...", "not again");
    let next = secret(&patch(&system, &made, json!({ "headers": { "x-webhook-secret": null } })).await);
    assert!(next.len() == first.len() && next != first, "{next}");
    let own = make(&system, sound("webhook")).await;
    assert_eq!(secret(&own), "whsec_...", "one's own is not shown even then");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_new_connector_is_named_at_once_and_nothing_is_kept() {
    let system = strict().await;
    let before = everything(&system).await;
    let with = |kind: &str, changes: Value| {
        let mut body = sound(kind);
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        body
    };
    let long = "x".repeat(101);
    let many: Value = (0..31).map(|i| (format!("X-{i}"), json!("1"))).collect::<serde_json::Map<_, _>>().into();
    let mut table = String::new();
    for (what, body) in [
        ("nothing", json!({})),
        ("not an object", json!([])),
        (
            "every field of another kind",
            json!({
                "name": 1, "type": "email", "endpoint": 1, "headers": [], "enabled": "yes", "timeout_seconds": "10",
                "slack_security_mode": "lax", "surprise": 1, "created_at": "2026-04-21T10:05:00Z",
            }),
        ),
        ("emptiness", json!({ "name": " ", "endpoint": "", "timeout_seconds": 0 })),
        ("too much", with("webhook", json!({ "name": long, "timeout_seconds": 121, "headers": many }))),
        ("half a second", with("webhook", json!({ "timeout_seconds": 1.5 }))),
        (
            "headers that are no texts",
            with("webhook", json!({ "headers": { "X-A": 1, "X-B": ["b"], "X-C": "x".repeat(4_001) } })),
        ),
        (
            "a webhook's headers",
            with(
                "webhook",
                json!({ "headers": {
                "Host": "a", "content-length": "1", "Webhook-Id": "1", "Transfer-Encoding": "chunked", "Connection": "close",
                "X-Webhook-Secret": "whsec_short", "X A": "1", "X-Line": "a\nb",
            } }),
            ),
        ),
        ("a header in two cases", with("webhook", json!({ "headers": { "X-Twice": "1", "x-twice": "2" } }))),
        (
            "a form and settings with nothing right",
            json!({
                "name": 1, "type": "jira", "endpoint": "http://127.0.0.1/wiki", "timeout_seconds": 0, "surprise": 1,
                "headers": { "x-jira-email": 1, "X-Jira-Project": "ops" },
            }),
        ),
        (
            "a Slack with headers that are none",
            json!({ "name": "s", "type": "slack", "endpoint": "C012", "headers": [] }),
        ),
        ("a webhook by http", with("webhook", json!({ "endpoint": "http://approvals.example.com/hook" }))),
        (
            "a webhook with a password",
            with("webhook", json!({ "endpoint": "https://me:pw@approvals.example.com/hook" })),
        ),
        ("a webhook at home", with("webhook", json!({ "endpoint": "https://127.0.0.1/hook" }))),
        ("a webhook that is no address", with("webhook", json!({ "endpoint": "approvals" }))),
        (
            "a Slack with nothing right",
            with(
                "slack",
                json!({ "endpoint": "#general", "headers": { "X-Slack-Bot-Token": "xoxp-1" }, "slack_security_mode": "strict" }),
            ),
        ),
        ("a Slack without a token", with("slack", json!({ "headers": {} }))),
        ("a Teams elsewhere without sig", with("teams", json!({ "endpoint": "http://teams.example.com/x" }))),
        (
            "a Teams with what is Slack's",
            with("teams", json!({ "headers": { "X-Slack-Bot-Token": "xoxb-1" }, "slack_security_mode": "strict" })),
        ),
        ("a retired Teams", with("teams", json!({ "endpoint": "https://acme.webhook.office.com/webhookb2/1" }))),
        ("a Jira without anything", with("jira", json!({ "endpoint": "http://127.0.0.1/wiki", "headers": {} }))),
        (
            "a Jira with nothing right",
            with(
                "jira",
                json!({ "endpoint": "https://a:b@acme.atlassian.net", "slack_security_mode": "strict", "headers": {
                "X-Jira-Email": "nobody", "X-Jira-Api-Token": "a b", "X-Jira-Project": "ops", "X-Jira-Issue-Type": "a\nb",
                "X-Jira-Webhook-Secret": "a b", "X-Jira-Colour": "red",
            } }),
            ),
        ),
        (
            "a PagerDuty without anything",
            with("pagerduty", json!({ "endpoint": "https://events.example.com", "headers": {} })),
        ),
        (
            "a PagerDuty with nothing right",
            with(
                "pagerduty",
                json!({ "endpoint": "http://events.pagerduty.com/v2/enqueue", "headers": {
                "X-PagerDuty-Routing-Key": "short", "X-PagerDuty-Webhook-Secret": "a b", "X-Other": "1",
            } }),
            ),
        ),
    ] {
        let (status, answer) = admin(&system, "POST", "", body).await;
        let (code, sentence) = (answer["code"].as_str().unwrap(), answer["error"].as_str().unwrap());
        writeln!(table, "{what}\n    {status} {code}: {sentence}").unwrap();
        for detail in answer["details"].as_array().into_iter().flatten() {
            let (field, problem) = (detail["field"].as_str().unwrap(), detail["problem"].as_str().unwrap());
            writeln!(table, "        {}: {problem}", if field.is_empty() { "(the whole)" } else { field }).unwrap();
        }
        assert_eq!(everything(&system).await, before, "{what} was kept");
    }
    insta::assert_snapshot!(table);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_merged_by_name_and_null_takes_one_away() {
    let system = at_noon().await;
    let row = make(&system, sound("webhook")).await;
    let names = |row: &Value| row["headers"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>();
    let row = patch(&system, &row, json!({ "headers": { "X-New": "Basic 1", "X-Plain": null } })).await;
    assert_eq!(names(&row), set(&["Authorization", "X-New", "X-Webhook-Secret"]));
    assert_eq!(row["headers"]["X-New"], "Basic ...");
    let row = patch(&system, &row, json!({ "headers": { "authorization": "Bearer next" } })).await;
    assert_eq!(names(&row), set(&["X-New", "X-Webhook-Secret", "authorization"]), "the same name, whatever its case");
    let row = patch(&system, &row, json!({ "headers": { "AUTHORIZATION": null, "X-Never": null } })).await;
    assert_eq!(names(&row), set(&["X-New", "X-Webhook-Secret"]));
    let row = patch(&system, &row, json!({ "headers": {} })).await;
    assert_eq!(names(&row), set(&["X-New", "X-Webhook-Secret"]), "what is not named stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_not_named_stays_and_updated_at_moves() {
    let system = at_noon().await;
    let row = make(&system, sound("jira")).await;
    let mut expected = row.clone();
    let path = at(&row);
    for (change, at) in [
        (json!({ "name": "another" }), "2026-04-21T10:06:00Z"),
        (json!({ "enabled": false }), "2026-04-21T10:07:00Z"),
        (json!({ "timeout_seconds": 1 }), "2026-04-21T10:08:00Z"),
        (json!({ "headers": { "X-Jira-Project": "SEC" } }), "2026-04-21T10:09:00Z"),
        (json!({ "name": null, "enabled": null, "headers": null }), "2026-04-21T10:10:00Z"),
        (json!({}), "2026-04-21T10:11:00Z"),
    ] {
        system.clock.advance(SignedDuration::from_secs(60));
        for (key, value) in change.as_object().unwrap().iter().filter(|(_, v)| !v.is_null()) {
            match value.as_object() {
                Some(headers) => expected["headers"].as_object_mut().unwrap().extend(headers.clone()),
                None => expected[key] = value.clone(),
            }
        }
        expected["updated_at"] = at.into();
        assert_eq!(patch(&system, &row, change).await, expected);
        assert_eq!(admin(&system, "GET", &path, Value::Null).await.1, expected);
    }
    // The workspace's default holds again.
    assert_eq!(patch(&system, &row, json!({ "timeout_seconds": null })).await["timeout_seconds"], 10);
}

/// What a connector has sealed, opened by what it sends: the stored secrets are not to be seen otherwise.
async fn sealed(system: &System, row: &Value) -> String {
    let id = row["id"].as_str().unwrap();
    let workspace = domain::Workspace::default_name();
    let connector = system.gate.store.get_connector(&workspace, id).await.unwrap().unwrap();
    let context = format!("connector\n{workspace}\n{id}");
    String::from_utf8(system.gate.couriers.vault.open(&context, &connector.sealed).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn masks_that_are_sent_back_change_nothing() {
    let system = strict().await;
    for kind in KINDS {
        let row = make(&system, sound(kind)).await;
        let before = sealed(&system, &row).await;
        let echo = |keys: &[&str]| {
            let all = row.as_object().unwrap().clone();
            Value::Object(all.into_iter().filter(|(k, _)| keys.contains(&k.as_str())).collect())
        };
        let keys = ["name", "type", "endpoint", "headers", "enabled", "timeout_seconds", "slack_security_mode"];
        for keys in [&keys[..], &["headers"], &["endpoint"], &["type", "headers"]] {
            assert_eq!(patch(&system, &row, echo(keys)).await, row, "{kind}");
            assert_eq!(sealed(&system, &row).await, before, "{kind} {keys:?}");
        }
        let masks = row["headers"].as_object().unwrap().iter();
        let in_capitals: serde_json::Map<_, _> = masks.map(|(k, v)| (k.to_uppercase(), v.clone())).collect();
        patch(&system, &row, json!({ "headers": in_capitals })).await;
        assert_eq!(sealed(&system, &row).await, before, "{kind} in capitals");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_sent_back_as_it_was_read_with_what_is_to_change() {
    let system = at_noon().await;
    for kind in KINDS {
        let made = make(&system, sound(kind)).await;
        let mut row = admin(&system, "GET", &at(&made), Value::Null).await.1;
        row["timeout_seconds"] = 7.into();
        system.clock.advance(SignedDuration::from_secs(60));
        let mut changed = patch(&system, &row, row.clone()).await;
        assert_ne!(changed["updated_at"], row["updated_at"]);
        changed["updated_at"] = row["updated_at"].clone();
        assert_eq!(changed, row, "{kind}");
    }
    let gone = make(&system, hook("gone")).await;
    let (workspace, id) = (domain::Workspace::default_name(), gone["id"].as_str().unwrap());
    let connector = system.gate.store.get_connector(&workspace, id).await.unwrap().unwrap();
    let because = "the endpoint answered 410 Gone";
    assert!(system.gate.store.disable_connector(&workspace, &connector, because, system.clock.now()).await.unwrap());
    let mut row = admin(&system, "GET", &at(&gone), Value::Null).await.1;
    row["enabled"] = true.into();
    let enabled = patch(&system, &row, row.clone()).await;
    assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_gate_writes_is_changed_by_nobody() {
    let system = at_noon().await;
    let row = make(&system, hook("ours")).await;
    let before = everything(&system).await;
    let changes = json!({
        "id": "ac_another", "created_at": "2026-01-01T00:00:00Z", "updated_at": 1, "disabled_reason": "none",
    });
    let every = ["created_at", "disabled_reason", "id", "updated_at"];
    let mut new = hook("new");
    new.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    for (method, path, body) in [("PATCH", at(&row), changes), ("POST", String::new(), new)] {
        let (status, answer) = admin(&system, method, &path, body).await;
        let mut found = fields(&answer);
        found.sort_unstable();
        assert_eq!((status, answer["details"][0]["problem"].as_str().unwrap().contains("read-only")), (400, true));
        assert_eq!(found, every, "{method}: {answer}");
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_nobody_reads_and_slacks_mode_elsewhere_are_refused_for_every_type_but_the_webhook() {
    let system = at_noon().await;
    for kind in KINDS {
        let row = make(&system, sound(kind)).await;
        let typo = json!({ "headers": { "X-Slack-Bot-Tokn": "xoxb-1" } });
        let (status, answer) = admin(&system, "PATCH", &at(&row), typo).await;
        match kind {
            "webhook" => assert_eq!((status, &answer["headers"]["X-Slack-Bot-Tokn"]), (200, &json!("xoxb-..."))),
            _ => assert_eq!((status, fields(&answer)), (400, vec!["headers.X-Slack-Bot-Tokn"]), "{kind}"),
        }
        let mode = async |mode: &str| admin(&system, "PATCH", &at(&row), json!({ "slack_security_mode": mode })).await;
        assert_eq!(mode("compat").await.0, 200, "{kind}: the default is harmless");
        let (status, answer) = mode("strict").await;
        match kind {
            "slack" => assert_eq!(status, 200),
            _ => assert_eq!((status, fields(&answer)), (400, vec!["slack_security_mode"]), "{kind}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_strict_as_a_slack_is_not_when_it_is_made_a_webhook() {
    let system = at_noon().await;
    let mut strict = sound("slack");
    strict["slack_security_mode"] = "strict".into();
    let row = make(&system, strict).await;
    let headers = json!({ "X-Slack-Bot-Token": null, "X-Slack-Signing-Secret": null });
    let change = json!({ "type": "webhook", "endpoint": "https://approvals.example.com", "headers": headers });
    assert_eq!(patch(&system, &row, change).await["slack_security_mode"], "compat");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_or_type_needs_the_secrets_entered_again() {
    let system = at_noon().await;
    let row = make(&system, sound("webhook")).await;
    let before = sealed(&system, &row).await;
    let faults = async |row: &Value, change: Value| {
        let (status, answer) = admin(&system, "PATCH", &at(row), change.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{change} {answer}");
        fields(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["headers.Authorization", "headers.X-Plain", "headers.X-Webhook-Secret"];
    for endpoint in [
        "https://evil.example.com/hook",
        "https://approvals.example.com:444/hook?team=1",
        "http://approvals.example.com/hook?team=1",
        "https://approvals.example.com./hook",
    ] {
        assert_eq!(faults(&row, json!({ "endpoint": endpoint })).await, all, "{endpoint}");
        let masks = json!({ "endpoint": endpoint, "headers": row["headers"] });
        assert_eq!(faults(&row, masks).await, all, "a mask is not entering it again");
    }
    let some =
        json!({ "endpoint": "https://evil.example.com", "headers": { "authorization": "Bearer 2", "X-Plain": null } });
    assert_eq!(faults(&row, some).await, ["headers.X-Webhook-Secret"]);
    assert_eq!(sealed(&system, &row).await, before, "nothing of it was kept");
    assert_eq!(admin(&system, "GET", &at(&row), Value::Null).await.1, row);

    let moved = patch(&system, &row, json!({ "endpoint": "https://approvals.example.com/other" })).await;
    assert_eq!(moved["endpoint"], "https://approvals.example.com/other", "the same host keeps them");
    let again = json!({ "Authorization": "Bearer 2", "X-Plain": null, "X-Webhook-Secret": WHSEC });
    let moved = patch(&system, &row, json!({ "endpoint": "https://new.example.com", "headers": again })).await;
    assert_eq!(moved["headers"], json!({ "Authorization": "Bearer ...", "X-Webhook-Secret": "whsec_..." }));

    let jira = make(&system, sound("jira")).await;
    let mut found = faults(&jira, json!({ "endpoint": "https://evil.atlassian.net" })).await;
    found.sort();
    assert_eq!(
        found,
        ["headers.X-Jira-Api-Token", "headers.X-Jira-Email", "headers.X-Jira-Webhook-Secret"],
        "a project and a type are public"
    );
    let slack = make(&system, sound("slack")).await;
    let found = faults(&slack, json!({ "type": "webhook", "endpoint": "https://evil.example.com" })).await;
    assert_eq!(found, ["headers.X-Slack-Bot-Token", "headers.X-Slack-Signing-Secret"]);
    patch(&system, &slack, json!({ "endpoint": "C0OTHER" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_holds_a_secret_is_not_shown_by_changing_the_type() {
    let system = at_noon().await;
    let row = make(&system, sound("teams")).await;
    for change in [
        json!({ "type": "webhook" }),
        json!({ "type": "webhook", "endpoint": row["endpoint"] }),
        json!({ "type": "jira" }),
        json!({ "type": "pagerduty", "headers": { "X-PagerDuty-Routing-Key": "0123456789abcdef0123456789ABCDEF" } }),
    ] {
        let (status, answer) = admin(&system, "PATCH", &at(&row), change.clone()).await;
        assert_eq!((status, fields(&answer).contains(&"endpoint")), (400, true), "{change} {answer}");
        let mut test = change;
        test["id"] = row["id"].clone();
        let (status, answer) = admin(&system, "POST", "/test", test).await;
        assert_eq!((status, &answer["status"]), (200, &json!("unhealthy")));
        assert!(!answer.to_string().contains("5ecre7"), "{answer}");
    }
    let (_, shown) = admin(&system, "GET", &at(&row), Value::Null).await;
    assert_eq!(shown, row);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_renamed_or_deleted_meanwhile_is_not_said_to_be_deleted() {
    let system = at_noon().await;
    let row = make(&system, hook("first")).await;
    let (workspace, id) = (domain::Workspace::default_name(), row["id"].as_str().unwrap());
    let store = &system.gate.store;
    let read = store.get_connector(&workspace, id).await.unwrap().unwrap();
    patch(&system, &row, json!({ "name": "second" })).await;
    assert_eq!(store.delete_connector(&workspace, &read).await.unwrap(), Kept::NameTaken);
    assert_eq!(admin(&system, "GET", &at(&row), Value::Null).await.0, 200);
    for _ in 0..5 {
        let row = make(&system, hook("race")).await;
        let path = at(&row);
        let rename = admin(&system, "PATCH", &path, json!({ "name": "renamed" }));
        let (deleted, renamed) = tokio::join!(admin(&system, "DELETE", &path, Value::Null), rename);
        let there = admin(&system, "GET", &path, Value::Null).await.0 == 200;
        assert_eq!(there, deleted.0 != 200, "{deleted:?} {renamed:?}");
        admin(&system, "DELETE", &path, Value::Null).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_whatever_its_case_until_it_is_given_up() {
    let system = at_noon().await;
    let first = make(&system, hook("SecOps")).await;
    let other = make(&system, hook("Other")).await;
    for name in ["SecOps", "secops", " SECOPS "] {
        assert_eq!(refused(admin(&system, "POST", "", hook(name)).await), error(409, "CONFLICT"), "{name}");
        let rename = admin(&system, "PATCH", &at(&other), json!({ "name": name })).await;
        assert_eq!(refused(rename), error(409, "CONFLICT"), "{name}");
    }
    assert_eq!(patch(&system, &first, json!({ "name": "SECOPS" })).await["name"], "SECOPS", "its own");
    patch(&system, &first, json!({ "name": "moved" })).await;
    patch(&system, &other, json!({ "name": "SecOps" })).await;
    assert_eq!(refused(admin(&system, "POST", "", hook("Moved")).await), error(409, "CONFLICT"));
    assert_eq!(admin(&system, "DELETE", &at(&first), Value::Null).await, (200, json!({ "status": "deleted" })));
    make(&system, hook("Moved")).await;
    let twins = join_all((0..6).map(|_| admin(&system, "POST", "", hook("twin")))).await;
    assert_eq!(twins.iter().filter(|(status, _)| *status == 201).count(), 1, "{twins:?}");
    assert!(twins.iter().all(|(status, _)| [201, 409].contains(status)), "{twins:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_has_at_most_a_hundred() {
    let system = at_noon().await;
    for i in 0..100 {
        make(&system, hook(&format!("hook {i}"))).await;
    }
    assert_eq!(refused(admin(&system, "POST", "", hook("one more")).await), error(409, "CONFLICT"));
    let (_, all) = admin(&system, "GET", "", Value::Null).await;
    assert_eq!(all.as_array().unwrap().len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_the_policy_names_is_deleted_only_by_force() {
    let policy = r#"
actions:
  a.delivered: { approvers: { anyOf: ["user:jane@acme.com"] }, delivery: { connectors: [SECOPS] } }
  b.escalated:
    approvers: { anyOf: ["user:jane@acme.com"] }
    timeoutSec: 600
    escalation: { escalateBeforeSec: 60, connectors: [secops] }
  c.other: { approvers: { anyOf: ["user:jane@acme.com"] }, delivery: { connectors: [other] } }
"#;
    let system = Start::fresh().at(clock()).under(policy).start().await;
    let row = make(&system, hook("SecOps")).await;
    let unclear = admin(&system, "DELETE", &format!("{}?force=1", at(&row)), Value::Null).await;
    assert_eq!(refused(unclear), error(400, "INVALID_PAYLOAD"));
    for force in ["", "?force=false"] {
        let (status, answer) = admin(&system, "DELETE", &format!("{}{force}", at(&row)), Value::Null).await;
        let told = answer["error"].as_str().unwrap().to_owned();
        assert_eq!((status, &answer["code"]), (409, &json!("CONFLICT")), "{answer}");
        assert!(told.contains("a.delivered, b.escalated") && told.contains("force=true"), "{told}");
        assert!(!told.contains("c.other"), "{told}");
    }
    let forced = admin(&system, "DELETE", &format!("{}?force=true", at(&row)), Value::Null).await;
    assert_eq!(forced, (200, json!({ "status": "deleted" })));
    for method in ["GET", "DELETE", "PATCH"] {
        let body = if method == "PATCH" { json!({}) } else { Value::Null };
        assert_eq!(refused(admin(&system, method, &at(&row), body).await), error(404, "NOT_FOUND"), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_it_at_once_one_wins_and_the_other_is_told() {
    let system = at_noon().await;
    let row = make(&system, hook("contended")).await;
    let (workspace, id) = (domain::Workspace::default_name(), row["id"].as_str().unwrap());
    let store = &system.gate.store;
    let read = store.get_connector(&workspace, id).await.unwrap().unwrap();
    patch(&system, &row, json!({ "timeout_seconds": 7 })).await;
    for name in ["contended", "renamed"] {
        let late = store::connectors::Connector { name: name.into(), ..read.clone() };
        assert_eq!(store.replace_connector(&workspace, &read, &late).await.unwrap(), Kept::Changed);
    }
    assert_eq!(admin(&system, "GET", &at(&row), Value::Null).await.1["timeout_seconds"], 7);
    make(&system, hook("renamed")).await;

    let mut kept: BTreeSet<String> = ["X-Webhook-Secret".to_owned()].into();
    for round in 0..5 {
        let path = at(&row);
        let changes = (0..6).map(|i| {
            let change = json!({ "headers": { (format!("X-{round}-{i}")): "1" } });
            admin(&system, "PATCH", &path, change)
        });
        for (i, answer) in join_all(changes).await.into_iter().enumerate() {
            match answer.0 {
                200 => drop(kept.insert(format!("X-{round}-{i}"))),
                _ => assert_eq!(refused(answer), error(409, "CONFLICT")),
            }
        }
    }
    let (_, now) = admin(&system, "GET", &at(&row), Value::Null).await;
    let names: BTreeSet<String> = now["headers"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, kept, "who was told 200 was not overwritten, and who was told 409 changed nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_defaults_are_the_contracts_until_they_are_changed_one_by_one() {
    let system = at_noon().await;
    let mut expected = json!({
        "default_delivery_mode": "first_success", "default_fallback_to_ui": true, "default_timeout_seconds": 10,
        "min_timeout_seconds": 1, "max_timeout_seconds": 120,
    });
    assert_eq!(admin(&system, "GET", "/defaults", Value::Null).await, (200, expected.clone()));
    let unsaid = make(&system, hook("unsaid")).await;
    let said =
        make(&system, json!({ "name": "said", "endpoint": "https://a.example.com", "timeout_seconds": 10 })).await;
    for (key, value) in [
        ("default_delivery_mode", json!("all")),
        ("default_fallback_to_ui", json!(false)),
        ("default_timeout_seconds", json!(120)),
        ("default_timeout_seconds", json!(1)),
    ] {
        expected[key] = value.clone();
        assert_eq!(admin(&system, "PUT", "/defaults", json!({ key: value })).await, (200, expected.clone()));
        assert_eq!(admin(&system, "GET", "/defaults", Value::Null).await, (200, expected.clone()));
    }
    let v1 = system.call(&system.keys.admin, "PUT", &format!("/v1{PATH}/defaults"), expected.clone()).await;
    assert_eq!(v1, (200, expected.clone()), "what was read may be sent back, bounds and all");
    assert_eq!(admin(&system, "PUT", "/defaults", json!({})).await, (200, expected.clone()));
    let timeout = async |row: &Value| admin(&system, "GET", &at(row), Value::Null).await.1["timeout_seconds"].clone();
    assert_eq!((timeout(&unsaid).await, timeout(&said).await), (json!(1), json!(10)));
    let before = everything(&system).await;
    for (body, faults) in [
        (json!([]), vec![""]),
        (json!({ "default_delivery_mode": "any" }), vec!["default_delivery_mode"]),
        (json!({ "default_fallback_to_ui": "true" }), vec!["default_fallback_to_ui"]),
        (json!({ "default_timeout_seconds": 0 }), vec!["default_timeout_seconds"]),
        (json!({ "default_timeout_seconds": 121 }), vec!["default_timeout_seconds"]),
        (json!({ "default_timeout_seconds": 1.5 }), vec!["default_timeout_seconds"]),
        (
            json!({ "min_timeout_seconds": 2, "max_timeout_seconds": 600 }),
            vec!["max_timeout_seconds", "min_timeout_seconds"],
        ),
        (
            json!({ "default_delivery_mode": 1, "default_timeout_seconds": "1", "more": 1 }),
            vec!["default_delivery_mode", "default_timeout_seconds", "more"],
        ),
    ] {
        let (status, answer) = admin(&system, "PUT", "/defaults", body.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{body}");
        let mut found = fields(&answer);
        found.sort_unstable();
        assert_eq!(found, faults, "{body}");
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_and_dead_letters_are_empty_at_first_and_bounded() {
    let system = at_noon().await;
    for limit in ["", "?limit=1", "?limit=200", "?limit=50"] {
        assert_eq!(admin(&system, "GET", &format!("/activity{limit}"), Value::Null).await, (200, json!([])), "{limit}");
    }
    for limit in ["0", "201", "-1", "1.5", "ten", ""] {
        let (status, answer) = admin(&system, "GET", &format!("/activity?limit={limit}"), Value::Null).await;
        assert_eq!((status, fields(&answer)), (400, vec!["limit"]), "{limit}: {answer}");
    }
    let none = json!({ "dead_letters": [], "next_cursor": null });
    assert_eq!(admin(&system, "GET", "/dead-letters", Value::Null).await, (200, none.clone()));
    assert_eq!(admin(&system, "GET", "/dead-letters?cursor=appr_x.ac_y", Value::Null).await, (200, none));
    let (status, answer) = admin(&system, "GET", "/dead-letters?cursor=x", Value::Null).await;
    assert_eq!((status, fields(&answer)), (400, vec!["cursor"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found_with_and_without_v1() {
    let system = at_noon().await;
    // The workspace's defaults lie beside its connectors, and are none.
    assert_eq!(admin(&system, "PUT", "/defaults", json!({ "default_delivery_mode": "all" })).await.0, 200);
    let before = everything(&system).await;
    for prefix in ["", "/v1"] {
        for (method, path, body) in [
            ("GET", "/DEFAULTS", Value::Null),
            ("DELETE", "/DEFAULTS", Value::Null),
            ("POST", "/test", json!({ "id": "DEFAULTS" })),
            ("GET", "/ac_00000000000000000000000000", Value::Null),
            ("GET", "/nonsense", Value::Null),
            ("GET", "/test", Value::Null),
            ("GET", "/%20", Value::Null),
            ("PATCH", "/ac_00000000000000000000000000", json!({})),
            ("PATCH", "/DEFAULTS", json!({})),
            ("DELETE", "/ac_00000000000000000000000000", Value::Null),
            ("DELETE", "/ac_00000000000000000000000000?force=true", Value::Null),
            ("POST", "/dead-letters/nonsense/replay", Value::Null),
            ("POST", "/dead-letters/appr_00000000000000000000000000.ac_x/replay", Value::Null),
            ("POST", "/test", json!({ "id": "ac_00000000000000000000000000" })),
        ] {
            let answer = system.call(&system.keys.admin, method, &format!("{prefix}{PATH}{path}"), body).await;
            assert_eq!(refused(answer), error(404, "NOT_FOUND"), "{method} {prefix} {path}");
        }
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspaces_connectors_are_not_found() {
    let system = at_noon().await;
    let row = make(&system, hook("ours")).await;
    let away = key_in(&system, "away", "user:admin@acme.com", &["admin"]).await;
    let there = async |method: &str, path: &str, body: Value| {
        let call = system.request(method, &format!("{PATH}{path}")).bearer_auth(&away);
        let call = call.header("x-workspace-namespace", "away");
        let answer = if body.is_null() { call } else { call.json(&body) }.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(there("GET", "", Value::Null).await, (200, json!([])));
    for (method, body) in [("GET", Value::Null), ("PATCH", json!({ "enabled": false })), ("DELETE", Value::Null)] {
        assert_eq!(refused(there(method, &at(&row), body).await), error(404, "NOT_FOUND"), "{method}");
    }
    assert_eq!(refused(there("POST", "/test", json!({ "id": row["id"] })).await), error(404, "NOT_FOUND"));
    assert_eq!(there("POST", "", hook("OURS")).await.0, 201, "a name is a workspace's own");
    assert_eq!(there("PUT", "/defaults", json!({ "default_timeout_seconds": 99 })).await.0, 200);
    assert_eq!(admin(&system, "GET", "/defaults", Value::Null).await.1["default_timeout_seconds"], 10);
    let mut expected = row.clone();
    expected["headers"]["X-Webhook-Secret"] = "whsec_...".into();
    assert_eq!(admin(&system, "GET", "", Value::Null).await.1, json!([expected]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_needs_the_role_that_semantics_says() {
    let system = at_noon().await;
    let jane = "user:jane@acme.com";
    let keys = [
        "csk_nobody".to_owned(),
        system.keys.agent.clone(),
        system.key(jane, &["approver"]).await,
        system.key(jane, &["auditor"]).await,
        system.keys.admin.clone(),
    ];
    let row = make(&system, hook("target")).await;
    let mut table = format!("{:<40}{:>6}{:>7}{:>10}{:>9}{:>7}\n", "", "none", "agent", "approver", "auditor", "admin");
    let missing = "/dead-letters/appr_x.ac_y/replay";
    for (method, path, body) in [
        ("GET", String::new(), Value::Null),
        ("POST", String::new(), json!({})),
        ("GET", at(&row), Value::Null),
        ("PATCH", at(&row), json!({})),
        ("GET", "/defaults".into(), Value::Null),
        ("PUT", "/defaults".into(), json!({})),
        ("GET", "/activity".into(), Value::Null),
        ("GET", "/dead-letters".into(), Value::Null),
        ("POST", missing.into(), Value::Null),
        ("POST", "/test".into(), json!({})),
        ("DELETE", at(&row), Value::Null),
    ] {
        write!(table, "{:<40}", format!("{method} {}", path.replace(&at(&row), "/{id}"))).unwrap();
        for (key, width) in keys.iter().zip([6, 7, 10, 9, 7]) {
            let (status, _) = system.call(key, method, &format!("{PATH}{path}"), body.clone()).await;
            write!(table, "{status:>width$}").unwrap();
        }
        table.push('\n');
    }
    insta::assert_snapshot!(table);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_id_is_no_dead_letters_however_long_it_is() {
    let system = System::start().await;
    let one = "appr_00000000000000000000000000";
    for id in ["x".repeat(3_000), format!("{one}.{}", "x".repeat(3_000)), format!("{one}.ac_none"), one.into()] {
        let path = format!("/api/settings/approval-connectors/dead-letters/{id}/replay");
        let replayed = system.call(&system.keys.admin, "POST", &path, Value::Null).await;
        assert_eq!(refused(replayed), error(404, "NOT_FOUND"), "{id}");
    }
    for cursor in [format!("{one}.{}", "x".repeat(3_000)), "x".into()] {
        let after = format!("/api/settings/approval-connectors/dead-letters?cursor={cursor}");
        assert_eq!(refused(system.get(&system.keys.admin, &after).await), error(400, "INVALID_PAYLOAD"), "{cursor}");
    }
}
