//! Approvals for the vendors' tests: a plain one, and whatever an agent may write.

use crate::connector::{Kind, Notice, Settings};
use domain::{Approval, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

/// When the samples were asked for.
pub(crate) fn asked() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

/// The id of every sample.
pub(crate) const ID: &str = "appr_0123456789abcdefghjkmnpqrs";
/// The decision link of every notice.
pub(crate) const LINK: &str = "https://console.acme.com/d/appr_0123456789abcdefghjkmnpqrs?sig=1";

/// An approval that two people must agree to, with some of its fields replaced.
pub(crate) fn sample(fields: Value) -> Approval {
    let mut whole = json!({
        "id": ID, "workspace": "default", "version": 1, "status": "ready_for_approval",
        "action": "gmail.send", "params": {"to": "bob@acme.com", "code": "007", "n": 7, "body": "Dear Bob,\nsend money"},
        "digest": format!("sha256:{}", "0a".repeat(32)), "title": "Send an e-mail to bob@acme.com",
        "justification": "Bob asked for it", "requester": {"id": "U42", "source": "slack", "display": "Jane"},
        "origin": {"repo": "acme/mail", "branch": "main", "pr": "12"}, "asked_by": "agent:mailer", "policy": "00",
        "required": 2, "created_at": asked(), "expires_at": "2026-11-22T07:00:00Z", "token_hash": "h", "fingerprint": "f",
        "history": [{"seq": 1, "at": asked(), "event": "requested", "by": "agent:mailer"}],
    });
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

/// The same, approved by Jane and Omar.
pub(crate) fn approved() -> Approval {
    let votes = json!([{"by": "slack:T1/U7", "at": asked()}, {"by": "user:omar@acme.com", "at": asked()}]);
    sample(json!({"status": "approved", "votes": votes, "decided_at": asked(), "version": 3}))
}

/// As it is shown.
pub(crate) fn notice(approval: &Approval) -> Notice<'_> {
    Notice { approval, now: asked(), link: Some(LINK), severity: None, editable: false, re_requestable: false }
}

/// A connector.
pub(crate) fn settings(kind: Kind, endpoint: &str, headers: &[(&str, &str)]) -> Settings {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Settings { kind, endpoint: endpoint.into(), headers, timeout: Duration::from_secs(5), strict: false }
}

pub(crate) fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{202e}gnp.exe"),
        Just("\u{200b}\u{feff}"),
        Just("[~accountid:1] @here"),
        Just("https://evil.com www.evil.com"),
        Just("WWW.evil.com|x] {code}"),
        Just("😀👩‍👩‍👧"),
        Just("\n\n\n"),
        Just("\t\r\u{7}"),
        Just("\"\\"),
        Just(" "),
        Just("plain words "),
        Just("é漢"),
    ];
    let short = prop::collection::vec(piece, 0..6).prop_map(|p| p.concat());
    (short, prop_oneof![8 => Just(1), 2 => Just(40), 1 => Just(3_000)]).prop_map(|(text, times)| text.repeat(times))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![nasty().prop_map(Value::from), any::<i32>().prop_map(Value::from), Just(json!("«redacted»"))];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(nasty(), inner, 0..4).prop_map(|m| json!(m)),
        ]
    })
}

/// Whatever an agent, approvers and a policy may write.
pub(crate) fn any_approval() -> impl Strategy<Value = Approval> {
    let texts = prop::collection::vec(nasty(), 12);
    let params = prop::collection::btree_map(nasty(), value(), 0..5);
    let status = prop::sample::select(vec!["awaiting_personas", "ready_for_approval", "approved", "denied", "expired"]);
    (texts, params, status, 0..14_usize, 0..30_usize).prop_map(|(t, params, status, votes, personas)| {
        let who = |i: usize| format!("user:{}@x", "\"".repeat(1 + i * 16));
        let names: Vec<String> = (0..personas).map(|i| format!("{}{i}", t[i % 12])).collect();
        let ack = |n: &String| json!({"persona": n, "by": who(n.len() % 9), "at": asked()});
        let acks: Vec<Value> = names.iter().skip(9).map(ack).collect();
        let votes: Vec<Value> = (0..votes).map(|i| json!({"by": who(i), "at": asked()})).collect();
        let event = |i: usize| ["edited", "escalated", "denied", "cancelled", "vote_cast"][i % 5];
        let entry = |i: usize| json!({"seq": i, "at": asked(), "event": event(i), "by": who(i % 12), "note": t[i % 12]});
        let link = |i: usize| json!({"label": t[i % 12], "url": t[(i + 1) % 12]});
        sample(json!({
            "status": status, "params": params, "title": t[0], "justification": t[1], "action": action(&t[2]), "votes": votes,
            "acks": acks, "requester": {"id": t[3], "source": "agent", "display": t[4]}, "personas": names, "task_id": t[5],
            "reason": t[6], "origin": {"repo": t[7], "branch": t[8], "pr": t[9]}, "links": (0..10).map(link).collect::<Vec<_>>(),
            "lineage": {"root": ID, "parent": ID, "by": "user:a@b"}, "superseded_by": ID, "escalated": t[0].len() % 2 == 0,
            "execution": {"status": "failed", "attempts": 4, "status_code": 500, "result": t[3]},
            "history": (1..30).map(entry).collect::<Vec<_>>(),
        }))
    })
}

/// An action has at most 256 characters.
fn action(text: &str) -> String {
    text.chars().take(256).collect()
}

/// Parameters at the edges of what can be asked.
pub(crate) fn extremes() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!({ "k": deep });
    }
    let many: serde_json::Map<String, Value> = (0..500).map(|i| (format!("key{i}"), json!(i))).collect();
    let big = |c: &str| json!({ "value": c.repeat(100_000) });
    let texts = ["x", "&", "\"", "😀", "\u{202e}", "\n", "`", "://", "www."];
    let mut all = vec![json!({ "deep": deep }), json!(many), json!({}), json!({ "v": "x".repeat(600_000) })];
    all.extend(texts.map(big));
    all
}
