//! An approval on its way to what it will be, and the history that grows with it.

use crate::approval::history::{Entry, Event, MOST_ENTRIES, MOST_NOTE_BYTES};
use crate::{Approval, Refusal};
use jiff::Timestamp;

/// An approval on its way to what it will be.
pub(super) struct Change {
    pub(super) next: Approval,
    pub(super) now: Timestamp,
    pub(super) events: Vec<Event>,
}

impl Change {
    /// Records what happened, under the next number.
    ///
    /// INVARIANT 5: Every change raises the version at least by one, and by one for each history entry. The entry's `seq` makes the event's
    /// id.
    pub(super) fn record(&mut self, mut entry: Entry) {
        self.next.version += 1;
        entry.seq = self.next.version;
        self.events.push(entry.event);
        self.next.history.push(entry);
        self.trim_history();
    }

    /// The quorum it was asked with is kept: the first answer says it.
    pub(super) fn raise_quorum(&mut self, required: u64) {
        self.next.required_first.get_or_insert(self.next.required);
        self.next.required = required;
    }

    /// Until the first edit the approval's digest is the one it was asked with; from then on the first entry keeps that.
    pub(super) fn keep_first_digest(&mut self) {
        let asked = self.next.digest.clone();
        if let Some(first) = self.next.history.first_mut() {
            first.digest.get_or_insert(asked);
        }
    }

    /// The first entry says what was asked for, and the last is the event of this change; of the entries between them the oldest are
    /// removed first.
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
    pub(super) fn must_be_open(&self) -> Result<(), Refusal> {
        let status = self.next.status_at(self.now);
        if status.is_open() { Ok(()) } else { Err(Refusal::ended(status)) }
    }
}
