//! `POST /api/callbacks/{jira,pagerduty}/{connector_id}`.

use super::{at_noon, everything, send};
use crate::harness::System;
use serde_json::{Value, json};
use standins::vendor::hmac;

const SECRET: &str = "s3cretOfTheWebhook";

/// A connector of a kind that nobody can be reached by; its id.
async fn connector(system: &System, name: &str, kind: &str, secret: Option<&str>) -> String {
    let (endpoint, mut headers, header) = match kind {
        "jira" => (
            "https://acme.atlassian.net",
            json!({ "X-Jira-Email": "gate@acme.com", "X-Jira-Api-Token": "token", "X-Jira-Project": "OPS" }),
            "X-Jira-Webhook-Secret",
        ),
        _ => (
            "https://events.pagerduty.com/v2/enqueue",
            json!({ "X-PagerDuty-Routing-Key": "0123456789abcdef0123456789ABCDEF" }),
            "X-PagerDuty-Webhook-Secret",
        ),
    };
    if let Some(secret) = secret {
        headers[header] = json!(secret);
    }
    let body = json!({ "name": name, "type": kind, "endpoint": endpoint, "headers": headers });
    let (status, made) = system.call(&system.keys.admin, "POST", "/api/settings/approval-connectors", body).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// Posts a body that is signed as the vendor does; the status and the text.
async fn post(system: &System, vendor: &str, id: &str, secret: &str, body: &str) -> (u16, String) {
    let (header, signature) = match vendor {
        "jira" => ("x-hub-signature", format!("sha256={}", hmac(secret, body))),
        _ => ("x-pagerduty-signature", format!("v1={}", hmac(secret, body))),
    };
    let path = format!("/api/callbacks/{vendor}/{id}");
    let (status, _, text) = send(system, ("POST", &path), &[(header, &signature)], body).await;
    (status, text)
}

fn said(header: &str) -> Value {
    let details = json!([{ "field": header, "problem": "does not match" }]);
    json!({ "error": "The request is not valid.", "code": "INVALID_PAYLOAD", "details": details })
}

const VENDORS: [(&str, &str); 2] = [("jira", "X-Hub-Signature"), ("pagerduty", "X-PagerDuty-Signature")];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_id_connector_or_signature_gets_one_answer() {
    let system = at_noon().await;
    let good =
        [connector(&system, "a", "jira", Some(SECRET)).await, connector(&system, "b", "pagerduty", Some(SECRET)).await];
    let mute = [connector(&system, "c", "jira", None).await, connector(&system, "d", "pagerduty", None).await];
    for id in &mute {
        // What disables it is said to its admin alone.
        let path = format!("/api/settings/approval-connectors/{id}");
        assert_eq!(system.get(&system.keys.admin, &path).await.0, 200);
    }
    let before = everything(&system).await;
    for ((vendor, header), (i, other)) in VENDORS.into_iter().zip([(0, 1), (1, 0)]) {
        let (id, mute) = (good[i].as_str(), mute[i].as_str());
        let long = format!("ac_{}", "0".repeat(5_000));
        let tries = [
            (id, "wrong"),
            (id, ""),
            (mute, SECRET),
            (mute, ""),
            (good[other].as_str(), SECRET),
            ("ac_00000000000000000000000000", SECRET),
            ("ac_", SECRET),
            ("nobody", SECRET),
            (long.as_str(), SECRET),
            ("ac_%2e%2e%2f", SECRET),
            ("ac_%00", SECRET),
            ("ac_é", SECRET),
        ];
        for (id, secret) in tries {
            for body in ["{}", "", "rubbish"] {
                let (status, text) = post(&system, vendor, id, secret, body).await;
                assert_eq!(
                    (status, serde_json::from_str(&text).ok()),
                    (400, Some(said(header))),
                    "{id} {secret}: {text}"
                );
            }
        }
        let path = format!("/api/callbacks/{vendor}/{id}");
        let unsigned: [&[(&str, &str)]; 4] = [
            &[],
            &[("x-hub-signature", "")],
            &[("x-hub-signature", "sha256=")],
            &[("x-pagerduty-signature", "v1=,,,")],
        ];
        for headers in unsigned {
            let (status, _, text) = send(&system, ("POST", &path), headers, "{}").await;
            assert_eq!((status, serde_json::from_str(&text).ok()), (400, Some(said(header))), "{text}");
        }
    }
    assert_eq!(everything(&system).await, before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_and_of_no_interest_is_answered_200_and_nothing_is_done() {
    let system = at_noon().await;
    let jira = connector(&system, "a", "jira", Some(SECRET)).await;
    let pagerduty = connector(&system, "b", "pagerduty", Some(SECRET)).await;
    let now = system.clock.now().as_millisecond();
    let moved = |labels: Value| {
        json!({
            "webhookEvent": "jira:issue_updated", "timestamp": now, "user": { "accountId": "5b10" },
            "issue": { "key": "OPS-1", "fields": { "labels": labels } },
            "changelog": { "id": "10101", "items": [{ "field": "status", "fromString": "To Do", "toString": "Approved" }] },
        })
    };
    let nobody = "appr_00000000000000000000000000";
    let resolved = json!({ "event": {
        "event_type": "incident.resolved", "data": { "type": "incident", "id": "P1", "incident_key": nobody },
    } });
    let bodies = [
        ("jira", &jira, json!({ "webhookEvent": "comment_created" })),
        ("jira", &jira, json!({ "webhookEvent": "jira:issue_deleted", "issue": { "key": "OPS-1" } })),
        ("jira", &jira, moved(json!(["theirs"]))),
        ("jira", &jira, moved(json!(["countersign", nobody]))),
        ("pagerduty", &pagerduty, json!({ "event": { "event_type": "pagey.ping", "data": { "type": "ping" } } })),
        ("pagerduty", &pagerduty, resolved),
    ];
    let before = everything(&system).await;
    for (vendor, id, body) in bodies {
        let body = body.to_string();
        assert_eq!(post(&system, vendor, id, SECRET, &body).await, (200, String::new()), "{body}");
        let header = if vendor == "jira" { "x-hub-signature" } else { "x-pagerduty-signature" };
        let scheme = if vendor == "jira" { "sha256" } else { "v1" };
        let signature = format!("{scheme}={}", hmac(SECRET, &body));
        let path = format!("/v1/api/callbacks/{vendor}/{id}");
        assert_eq!(send(&system, ("POST", &path), &[(header, &signature)], body).await.0, 200, "under /v1");
    }
    assert_eq!(everything(&system).await, before, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_and_cannot_be_read_says_so_to_whoever_signed_it() {
    let system = at_noon().await;
    let jira = connector(&system, "a", "jira", Some(SECRET)).await;
    let pagerduty = connector(&system, "b", "pagerduty", Some(SECRET)).await;
    let old = json!({
        "webhookEvent": "jira:issue_updated", "timestamp": 0, "user": { "accountId": "5b10" },
        "issue": { "key": "OPS-1", "fields": { "labels": ["countersign", "appr_00000000000000000000000000"] } },
        "changelog": { "id": "10101", "items": [{ "field": "status", "fromString": "To Do", "toString": "Approved" }] },
    });
    let bodies = [
        ("jira", &jira, "rubbish".to_owned(), "is not JSON"),
        ("jira", &jira, "[]".to_owned(), "names no event"),
        ("jira", &jira, "[".repeat(10_000), "is not JSON"),
        ("jira", &jira, old.to_string(), "too old"),
        ("pagerduty", &pagerduty, "{}".to_owned(), "names no event"),
    ];
    for (vendor, id, body, why) in bodies {
        let (status, text) = post(&system, vendor, id, SECRET, &body).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{text}");
        assert!(answer["details"][0]["problem"].as_str().unwrap().contains(why), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_vendors_methods_and_sizes_are_refused() {
    let system = at_noon().await;
    let jira = connector(&system, "a", "jira", Some(SECRET)).await;
    for (method, path) in [
        ("POST", format!("/api/callbacks/slack/{jira}")),
        ("POST", "/api/callbacks/jira".to_owned()),
        ("GET", format!("/api/callbacks/jira/{jira}")),
        ("POST", format!("/api/callbacks/jira/{jira}/more")),
    ] {
        assert_eq!(send(&system, (method, &path), &[], "{}").await.0, 404, "{method} {path}");
    }
    let big = format!("{{\"webhookEvent\":\"comment_created\",\"text\":\"{}\"}}", "x".repeat(1_000_000));
    assert_eq!(post(&system, "jira", &jira, SECRET, &big).await.0, 200, "an issue may be large");
    assert_eq!(post(&system, "jira", &jira, SECRET, &"x".repeat(1_048_577)).await.0, 413);
}
