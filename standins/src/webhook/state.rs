//! What the endpoint remembers: the messages that it took, those that it did not, and how it is to answer the next ones.

use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// A message that was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// How many signatures it bore.
    pub signatures: usize,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// `{type, timestamp, data}`.
    pub body: Value,
}

impl Delivery {
    /// The kind of the event.
    pub fn kind(&self) -> &str {
        self.body.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// How the next delivery is answered.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Not taken: this status, with `Retry-After` in seconds where it is given.
    Status(u16, Option<u64>),
    /// Not taken: 503, with this `Retry-After`.
    Busy(String),
    /// Not taken: a redirect to another path of this server.
    Redirect,
    /// No answer, and nothing taken.
    Hang,
    /// The connection is closed, and nothing taken.
    Reset,
    /// Taken, and the connection ends in the middle of the answer.
    BrokenAnswer,
    /// Taken, and no answer.
    SucceedSilently,
    /// Taken, and answered with this.
    Answer(u16, String),
    /// Taken, and answered once it is notified.
    Held(Arc<Notify>),
}

#[derive(Default)]
pub(super) struct State {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) repeats: Vec<String>,
    pub(super) refusals: Vec<String>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) calls: usize,
    pub(super) secret: Option<Vec<u8>>,
    pub(super) now: Option<i64>,
    pub(super) any_size: bool,
}
