//! What the parts of a webhook do together: checked, made, signed, posted and answered.

mod calls;
mod configs;
mod messages;
mod nasty;

use crate::connector::{Kind, Notice, Settings};
use domain::{Approval, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// The stand-in's secret.
const SECRET: &str = "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0Kysr";

/// When the samples were asked for.
fn asked() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn settings(endpoint: &str, headers: &[(&str, &str)]) -> Settings {
    Settings {
        kind: Kind::Webhook,
        endpoint: endpoint.into(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        timeout: Duration::from_secs(5),
        strict: false,
    }
}

fn notice(approval: &Approval) -> Notice<'_> {
    let link = Some("https://console.acme.com/console/decide/abc");
    Notice { approval, now: asked(), link, severity: Some("warning"), editable: true, re_requestable: false }
}

/// An approval that two people must agree to, with some of its fields replaced.
fn sample(fields: Value) -> Approval {
    let mut whole = json!({
        "id": "appr_0123456789abcdefghjkmnpqrs", "workspace": "default", "version": 1, "status": "ready_for_approval",
        "action": "gmail.send", "params": {"to": "bob@acme.com", "code": "007", "n": 7, "card": "«redacted»"},
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
