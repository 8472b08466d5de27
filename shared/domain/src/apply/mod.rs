//! The state machine: `apply(approval, command, now) → (approval, events) | refusal`. Pure; one arm a command.

mod decide;
mod end;
mod follow;
mod personas;

use crate::history::{Entry, Event, MOST_ENTRIES, MOST_NOTE_BYTES};
use crate::{Approval, Command, Refusal};
use jiff::Timestamp;

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The approval from here on.
    pub approval: Approval,
    /// What happened, in order; none where the command repeats what already is.
    pub events: Vec<Event>,
}

/// Applies a command.
///
/// # Errors
/// A refusal changes nothing.
pub fn apply(approval: &Approval, command: Command<'_>, now: Timestamp) -> Result<Applied, Refusal> {
    let mut change = Change { next: approval.clone(), now, events: Vec::new() };
    match command {
        Command::Acknowledge { decision, personas } => decide::acknowledge(&mut change, &decision, &personas)?,
        Command::Approve { decision, edit } => decide::approve(&mut change, &decision, edit)?,
        Command::Deny { decision } => decide::deny(&mut change, &decision)?,
        Command::Adopt { law } => personas::adopt(&mut change, &law)?,
        Command::Cancel { by, reason } => end::cancel(&mut change, by, reason)?,
        Command::Expire => end::expire(&mut change)?,
        Command::FailDelivery { reason } => end::fail_delivery(&mut change, reason)?,
        Command::Escalate { required, note } => follow::escalate(&mut change, required, note)?,
        Command::Supersede { by, claimed, child, allowed, cooldown_sec } => {
            follow::supersede(&mut change, (by, claimed), child, allowed, cooldown_sec)?
        }
        Command::ReportExecution { by, outcome, fingerprint } => {
            follow::report_execution(&mut change, by, outcome, fingerprint)?
        }
    }
    Ok(Applied { approval: change.next, events: change.events })
}

/// An approval on its way to what it will be.
struct Change {
    next: Approval,
    now: Timestamp,
    events: Vec<Event>,
}

impl Change {
    /// Records what happened, under the next number.
    fn record(&mut self, mut entry: Entry) {
        self.next.version += 1;
        entry.seq = self.next.version;
        self.events.push(entry.event);
        self.next.history.push(entry);
        self.trim_history();
    }

    /// The quorum it was asked with is kept: the first answer says it.
    fn raise_quorum(&mut self, required: u64) {
        self.next.required_first.get_or_insert(self.next.required);
        self.next.required = required;
    }

    /// Until the first edit the approval's digest is the one it was asked with; from then on the first entry keeps that.
    fn keep_first_digest(&mut self) {
        let asked = self.next.digest.clone();
        if let Some(first) = self.next.history.first_mut() {
            first.digest.get_or_insert(asked);
        }
    }

    /// The first entry says what was asked for, and the last is what is told now; between them the oldest go first.
    fn trim_history(&mut self) {
        let history = &mut self.next.history;
        let stored = |note: &String| serde_json::to_string(note).map_or(0, |text| text.len());
        let words = |all: &[Entry]| all.iter().filter_map(|e| e.note.as_ref()).map(stored).sum::<usize>();
        while history.len() > 2 && (history.len() > MOST_ENTRIES || words(history) > MOST_NOTE_BYTES) {
            history.remove(1);
        }
    }

    /// # Errors
    /// `Expired` or `InvalidState` where it has ended.
    fn must_be_open(&self) -> Result<(), Refusal> {
        let status = self.next.status_at(self.now);
        if status.is_open() { Ok(()) } else { Err(Refusal::ended(status)) }
    }
}
