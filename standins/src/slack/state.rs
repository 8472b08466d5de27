//! What this Slack remembers: all that people see, the passes that it handed out, and how it is to fail.

use super::limits::{Fault, Limits};
use super::messages::{Ephemeral, Message, View};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// A trigger or a response URL, until when it is good and for how many uses.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    pub(super) until: Instant,
    pub(super) uses: u32,
    pub(super) channel: String,
    pub(super) user: String,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) messages: Vec<Message>,
    pub(super) ephemerals: Vec<Ephemeral>,
    pub(super) views: Vec<View>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) limits: Limits,
    pub(super) passes: BTreeMap<String, Pass>,
    pub(super) calls: Vec<String>,
    pub(super) count: u64,
}

pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    pub(super) changed: watch::Sender<u64>,
    pub(super) let_go: watch::Sender<bool>,
    pub(super) origin: String,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
