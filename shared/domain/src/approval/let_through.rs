//! The policy approves a request: nobody is asked.

use crate::approval::history::{Entry, Event};
use crate::approval::{Executes, Execution, Status, Vote};
use crate::principal::Kind;
use crate::{Approval, Principal};
use jiff::Timestamp;

/// The request, approved by the rule of the policy that lets it through.
pub(super) fn let_through(mut asked: Approval, by: &Principal, now: Timestamp) -> Approval {
    asked.votes.push(Vote { by: by.clone(), at: now, guest: false });
    asked.status = Status::Approved;
    asked.decided_at = Some(now);
    if asked.executes == Executes::Gate {
        asked.execution = Some(Execution::pending());
    }
    asked.version += 1;
    asked.history.push(Entry { seq: asked.version, ..Entry::new(Event::Approved, now, Some(by), None) });
    asked
}

impl Approval {
    /// How many people have approved what it is now.
    pub fn approvals(&self) -> u64 {
        self.votes.iter().filter(|vote| vote.by.kind() != Kind::Policy).count() as u64
    }

    /// Whether the policy approved it, and nobody was asked.
    pub fn is_let_through(&self) -> bool {
        self.votes.iter().any(|vote| vote.by.kind() == Kind::Policy)
    }
}
