//! What happened to an approval: the entries of its history, each of which is also published as an event.

use crate::digest::Digest;
use crate::{ApprovalId, Principal};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A history keeps its first entry and the newest others.
pub const MOST_ENTRIES: usize = 100;
/// And at most so many bytes of people's words: an item of the table takes 400 KB in all.
pub const MOST_NOTE_BYTES: usize = 32 * 1024;

/// What happened. The bus says `approval.<word>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An agent asked.
    Requested,
    /// A persona acknowledged.
    PersonaAcked,
    /// A person approved, and more are needed.
    VoteCast,
    /// An approver changed parameters.
    Edited,
    /// The last approval needed was given.
    Approved,
    /// Somebody refused, or nobody could be reached.
    Denied,
    /// Time ran out.
    Expired,
    /// The agent, an admin or the token's holder cancelled the request.
    Cancelled,
    /// The approval escalated: more people were asked, or more must approve.
    Escalated,
    /// The outcome of the execution is known.
    Executed,
    /// It was asked again after a refusal.
    ReRequested,
    /// A policy that came into force requires other personas beside those it was asked with.
    PersonasChanged,
}

impl Event {
    /// The word after `approval.` on the bus.
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::PersonaAcked => "persona_acked",
            Self::VoteCast => "vote_cast",
            Self::Edited => "edited",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Escalated => "escalated",
            Self::Executed => "executed",
            Self::ReRequested => "re_requested",
            Self::PersonasChanged => "personas_changed",
        }
    }
}

/// One change, published at least once, as an event with the id `<approval>/<seq>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3, …
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// Who, where it was somebody: always who was authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    /// On whose behalf, as the agent claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Principal>,
    /// Their words: a comment, a reason, the personas acknowledged, the keys edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The digest from here on, where it is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The request that asks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<ApprovalId>,
}

impl Entry {
    /// An entry without a number yet.
    pub fn new(event: Event, at: Timestamp, by: Option<&Principal>, note: Option<String>) -> Self {
        Self { seq: 0, at, event, by: by.cloned(), claimed: None, note, digest: None, next: None }
    }
}
