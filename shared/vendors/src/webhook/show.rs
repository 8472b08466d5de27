//! The message about an approval: `{type, timestamp, data}`. A machine reads it, so every text is exact; JSON escapes it.

use super::MAX_BODY;
use crate::connector::Notice;
use domain::approval::history::Event;
use domain::view::inbox_item;
use domain::{Approval, Entry, Status, Timestamp};
use serde_json::{Map, Value, json};

/// What is kept free for everything around `data`, and for saying what was left out.
const FRAME: usize = 500;
/// What is left out where all does not fit, in this order. What remains has a fixed length.
const SACRIFICES: &[&str] = &[
    "asked_params",
    "params",
    "links",
    "execution",
    "note",
    "votes",
    "personas",
    "comment",
    "description",
    "requester",
    "task_id",
    "title",
    "action",
    "severity",
    "agent",
    "by",
    "claimed",
    "decision_link",
];

/// What is posted, and under which id.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// `<approval>_<seq>`: the same for every attempt to send this change, and without a full stop.
    pub id: String,
    /// `{type, timestamp, data}`.
    pub body: Value,
}

/// The newest change of an approval, and the approval as it is.
pub fn message(notice: &Notice<'_>) -> Message {
    let Notice { approval, now, .. } = *notice;
    let newest = newest(approval, now);
    let (event, at) = match newest {
        Some(entry) => (entry.event, entry.at),
        None => (Event::Expired, approval.expires_at),
    };
    let body = json!({ "type": format!("approval.{}", event.word()), "timestamp": at, "data": fitted(data(notice, newest), approval) });
    Message { id: format!("{}_{}", approval.id, approval.seq_at(now)), body }
}

/// The entry that is sent; none if the deadline has passed and the expiry is not written yet.
fn newest(approval: &Approval, now: Timestamp) -> Option<&Entry> {
    let unwritten = approval.status.is_open() && approval.status_at(now) == Status::Expired;
    approval.history.last().filter(|_| !unwritten)
}

/// The approver's face of the approval (`tests/contract/approvals-api.yaml`), with what a consumer outside needs to know besides.
fn data(notice: &Notice<'_>, newest: Option<&Entry>) -> Map<String, Value> {
    let Notice { approval, now, .. } = *notice;
    let mut data = match serde_json::to_value(inbox_item(approval, None, now)) {
        Ok(Value::Object(face)) => face,
        _ => Map::new(),
    };
    data.remove("history");
    let added = [
        ("workspace", json!(approval.workspace)),
        ("seq", json!(approval.seq_at(now))),
        // The name alone: the parameters are beside it, and once is enough.
        ("action", json!(approval.action)),
        ("votes", json!(approval.votes)),
        ("by", json!(newest.and_then(|entry| entry.by.as_ref()))),
        ("claimed", json!(newest.and_then(|entry| entry.claimed.as_ref()))),
        ("note", json!(newest.and_then(|entry| entry.note.as_ref()))),
        ("decision_link", json!(notice.link)),
        ("severity", json!(notice.severity)),
        ("editable", json!(notice.editable)),
        ("re_requestable", json!(notice.re_requestable)),
    ];
    data.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
    data.retain(|_, value| !value.is_null());
    data
}

/// The data within the limit; what was left out is named, and where it can be had.
fn fitted(mut data: Map<String, Value>, approval: &Approval) -> Map<String, Value> {
    let mut omitted = Vec::new();
    for name in SACRIFICES {
        if bytes(&data) + FRAME <= MAX_BODY {
            break;
        }
        omitted.extend(data.remove(*name).map(|_| *name));
    }
    if omitted.contains(&"params") {
        data.insert("params_omitted".into(), true.into());
    }
    if !omitted.is_empty() {
        data.insert("omitted".into(), omitted.into());
        data.insert("fetch".into(), format!("GET /approvals/{} answers with everything", approval.id).into());
    }
    data
}

fn bytes(data: &Map<String, Value>) -> usize {
    serde_json::to_string(data).map_or(usize::MAX, |text| text.len())
}
