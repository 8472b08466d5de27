//! What the parts of a Teams connector do together: check, write, post and follow up.

mod calls;
mod cards;
mod configs;
mod nasty;
mod reader;

use crate::connector::{Kind, Notice, Settings};
use domain::{Approval, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

const LINK: &str = "https://console.acme.com/console/decide/abc";

/// When the samples were asked for.
fn asked() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn settings(endpoint: &str) -> Settings {
    Settings {
        kind: Kind::Teams,
        endpoint: endpoint.into(),
        headers: Default::default(),
        timeout: Duration::from_secs(5),
        strict: false,
    }
}

fn notice(approval: &Approval) -> Notice<'_> {
    Notice { approval, now: asked(), link: Some(LINK), severity: None, editable: true, re_requestable: false }
}

/// What a message says, one paragraph a line, and where its actions lead.
fn read(message: &Value) -> (String, Vec<String>) {
    assert_eq!(standins::teams::message(message), Ok(()));
    let card = standins::teams::PostedCard { content: message["attachments"][0]["content"].clone(), bytes: 0 };
    (card.reads(), card.links())
}

/// An approval that two people must agree to, with some of its fields replaced.
fn sample(fields: Value) -> Approval {
    let mut whole = json!({
        "id": "appr_0123456789abcdefghjkmnpqrs", "workspace": "default", "version": 1, "status": "ready_for_approval",
        "action": "gmail.send", "params": {"to": "bob@acme.com", "code": "007", "n": 7, "body": "Dear Bob,\nsend money"},
        "digest": format!("sha256:{}", "0a".repeat(32)), "title": "Send an e-mail to bob@acme.com",
        "justification": "Bob asked for it", "requester": {"id": "U42", "source": "slack", "display": "Jane"},
        "origin": {"repo": "acme/mail", "branch": "main", "pr": "12"}, "asked_by": "agent:mailer", "policy": "00",
        "required": 2, "created_at": asked(), "expires_at": "2026-11-22T07:00:00Z", "token_number": 1, "token_hash": "h",
        "fingerprint": "f", "retention_days": 400,
        "history": [{"seq": 1, "at": asked(), "event": "requested", "by": "agent:mailer"}],
    });
    let map = whole.as_object_mut().unwrap();
    map.extend(fields.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

/// An approval with this happening, in order, after it was asked for.
fn after(events: &[&str], fields: Value) -> Approval {
    let entry = |(i, event): (usize, &&str)| json!({"seq": i + 1, "at": asked(), "event": event, "by": "slack:T1/U8", "note": "subject"});
    let history: Vec<Value> = ["requested"].iter().chain(events).enumerate().map(entry).collect();
    let mut approval = sample(fields);
    approval.version = history.len() as u64;
    approval.history = serde_json::from_value(history.into()).unwrap();
    approval
}
