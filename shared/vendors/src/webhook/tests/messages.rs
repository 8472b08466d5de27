//! The message about an approval in every state.

use super::{asked, notice, sample};
use crate::connector::Notice;
use crate::webhook::{MAX_BODY, Message, message};
use serde_json::{Value, json};

fn told(fields: Value) -> Message {
    message(&notice(&sample(fields)))
}

#[test]
fn a_request_is_told_with_everything_there_is_to_decide_on() {
    let Message { id, body } =
        told(json!({"links": [{"label": "Ticket", "url": "https://acme.com/1"}], "personas": ["security"]}));
    assert_eq!(id, "appr_0123456789abcdefghjkmnpqrs_1");
    assert_eq!(
        (body["type"].as_str(), body["timestamp"].as_str()),
        (Some("approval.requested"), Some("2026-11-22T06:00:00Z"))
    );
    let expected = json!({
        "workspace": "default", "approval_id": "appr_0123456789abcdefghjkmnpqrs", "seq": 1, "status": "pending",
        "digest": format!("sha256:{}", "0a".repeat(32)), "title": "Send an e-mail to bob@acme.com", "description": "Bob asked for it",
        "action": "gmail.send", "params": {"to": "bob@acme.com", "code": "007", "n": 7, "card": "«redacted»"}, "agent": "mailer",
        "requester": {"id": "U42", "source": "slack", "display": "Jane"}, "required": 2, "approvals": 0, "votes": [],
        "personas": [{"name": "security"}], "links": [{"label": "Ticket", "url": "https://acme.com/1"}], "by": "agent:mailer",
        "decision_link": "https://console.acme.com/console/decide/abc", "severity": "warning", "editable": true,
        "re_requestable": false, "created_at": "2026-11-22T06:00:00Z", "expires_at": "2026-11-22T07:00:00Z",
    });
    assert_eq!(body["data"], expected);
}

#[test]
fn an_end_is_told_with_who_decided_and_why() {
    let denied = json!({"seq": 2, "at": "2026-11-22T06:05:00Z", "event": "denied", "by": "slack:T1/U8", "note": "no"});
    let Message { id, body } = told(json!({
        "status": "denied", "version": 2, "reason_code": "denied_by_human", "reason": "no", "decided_at": "2026-11-22T06:05:00Z",
        "history": [{"seq": 1, "at": asked(), "event": "requested"}, denied],
    }));
    assert!(id.ends_with("_2"));
    assert_eq!(
        (body["type"].as_str(), body["timestamp"].as_str()),
        (Some("approval.denied"), Some("2026-11-22T06:05:00Z"))
    );
    for (key, value) in [
        ("status", "denied"),
        ("denial_reason", "denied_by_human"),
        ("by", "slack:T1/U8"),
        ("note", "no"),
        ("comment", "no"),
        ("resolved_at", "2026-11-22T06:05:00Z"),
    ] {
        assert_eq!(body["data"][key], value, "{key}");
    }
}

#[test]
fn a_deadline_is_told_the_same_before_and_after_it_is_written_down() {
    let late = "2026-11-22T07:00:30Z".parse().unwrap();
    let open = sample(json!({}));
    let before = message(&Notice { now: late, ..notice(&open) });
    let expired = json!({"seq": 2, "at": "2026-11-22T07:00:00Z", "event": "expired"});
    let written = sample(json!({
        "status": "expired", "version": 2, "reason_code": "expired", "decided_at": "2026-11-22T07:00:00Z",
        "history": [{"seq": 1, "at": asked(), "event": "requested", "by": "agent:mailer"}, expired],
    }));
    let after = message(&Notice { now: late, ..notice(&written) });
    assert_eq!(before, after);
    assert_eq!(
        (before.body["type"].as_str(), before.body["data"]["denial_reason"].as_str()),
        (Some("approval.expired"), Some("expired"))
    );
}

#[test]
fn what_does_not_fit_is_left_out_and_can_be_fetched() {
    let body = told(json!({"params": {"body": "x".repeat(30_000)}})).body;
    assert!(body.to_string().len() <= MAX_BODY);
    let data = &body["data"];
    assert_eq!((data.get("params"), data["params_omitted"].as_bool()), (None, Some(true)));
    assert_eq!(data["omitted"], json!(["params"]));
    assert_eq!(data["fetch"], "GET /approvals/appr_0123456789abcdefghjkmnpqrs answers with everything");
    assert_eq!(data["description"], "Bob asked for it");
    let body = told(json!({"justification": "\u{1}".repeat(4_000)})).body;
    assert!(body.to_string().len() <= MAX_BODY && body["data"].get("description").is_none());
    assert!(body["data"]["omitted"].as_array().unwrap().contains(&"description".into()));
}
