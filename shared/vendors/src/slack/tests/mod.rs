//! What the parts of Slack do together: write a card, check it as Slack does, call, click and read back.

mod calls;
mod cards;
mod edits;
mod modals;
mod nasty;
mod reading;

use super::interaction::{Interaction, Posted, read};
use super::modal::Viewer;
use domain::{Approval, Timestamp};
use serde_json::{Value, json};

/// What was done with something of ours.
fn interaction(body: &[u8]) -> Result<Interaction, String> {
    match read(body)? {
        Posted::Interaction(interaction) => Ok(*interaction),
        other => Err(format!("{other:?}")),
    }
}

/// When the samples were asked for.
fn asked() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
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

/// Somebody who may approve.
fn may() -> Viewer {
    Viewer { may_approve: true, waiting: None }
}

/// The `action_id`s of a message's or a view's blocks.
fn action_ids(blocks: &Value) -> Vec<String> {
    let actions = blocks.as_array().unwrap().iter().filter(|b| b["type"] == "actions");
    let elements = actions.flat_map(|b| b["elements"].as_array().unwrap());
    elements.map(|e| e["action_id"].as_str().unwrap().to_owned()).collect()
}
