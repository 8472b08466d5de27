//! What happened that is counted: stated where it happens, made into metrics at the edge.

use domain::connector::Kind;
use domain::{Approval, Entry, Event, ReasonCode, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// An approval was asked for.
    Requested,
    /// An approval ended.
    Ended {
        /// How.
        outcome: &'static str,
        /// Milliseconds after it was asked for.
        after_ms: u64,
    },
    /// A vendor was called to show an approval.
    Delivered {
        /// Which.
        connector: Kind,
        /// Whether it took it.
        taken: bool,
    },
    /// An execution was given up.
    ExecutionFailed,
    /// A callback was given up.
    CallbackFailed,
    /// A delivery was given up.
    DeadLetter,
    /// A sweep has come so far.
    Swept {
        /// Seconds from the end of the last minute that is done to now.
        behind_sec: u64,
    },
}

impl Fact {
    /// What a history's entry is, where it is counted.
    pub fn of(approval: &Approval, entry: &Entry) -> Option<Self> {
        let outcome = match (entry.event, approval.reason_code) {
            (Event::Requested, _) => return Some(Self::Requested),
            (Event::Denied, Some(ReasonCode::DeliveryFailed)) => "delivery_failed",
            (Event::Approved | Event::Denied | Event::Expired | Event::Cancelled, _) => entry.event.word(),
            _ => return None,
        };
        let ended = approval.decided_at.unwrap_or(entry.at);
        Some(Self::Ended { outcome, after_ms: between(approval.created_at, ended).as_millis() as u64 })
    }

    /// A sweep whose last finished minute ended then.
    pub fn swept(done_until: Timestamp, now: Timestamp) -> Self {
        Self::Swept { behind_sec: between(done_until, now).as_secs() }
    }
}

/// Nothing where the clocks of two machines disagree.
fn between(from: Timestamp, to: Timestamp) -> std::time::Duration {
    to.duration_since(from).try_into().unwrap_or_default()
}

/// What happened and nobody has counted yet.
#[derive(Debug, Default)]
pub struct Facts(Mutex<Vec<Fact>>);

impl Facts {
    /// Something happened.
    pub fn note(&self, fact: Fact) {
        self.all().push(fact);
    }

    /// All of it, to be counted.
    pub fn take(&self) -> Vec<Fact> {
        std::mem::take(&mut self.all())
    }

    fn all(&self) -> MutexGuard<'_, Vec<Fact>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
