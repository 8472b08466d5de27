//! The writer of one card, as a state machine without I/O: [`Writer::first`] says what the writer does first, and [`Writer::step`] what it
//! does next, after what it has seen. One writer at a time holds the lease of a card, so an older state never replaces a newer one. When an
//! approval ends, its cards are updated immediately, without the lease. If another writer wrote the card meanwhile, and showed another
//! version, the card is updated once more under the lease.
//!
//! Not covered: a function that is held up past its lease between the check of the lease and the vendor's receipt, and is stopped before it
//! notices, may leave an older state on the card until the next change.
//!
//! Local invariant: a delivery is written down only under its lease, or where nobody has held the lease since the delivery was read.

mod attempt;
mod hold;
mod step;

pub use step::Writer;

use super::entry::Try;
use super::lease::{Lease, Released};
use super::step::Outcome;
use super::{Delivery, Entry};
use crate::{Approval, Timestamp};
use jiff::SignedDuration;

/// Why a card is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The approval changed, or a timer fell due.
    Change {
        /// Whether no newer change is known.
        newest: bool,
    },
    /// Somebody altered what the card shows, and waits until then for it to be put right.
    Altered {
        /// The moment.
        until: Timestamp,
    },
    /// Somebody saw that the card is old. If another writer holds the lease, that writer is told, and this one stops.
    Old,
}

/// What a writer knows of the place that it writes to.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// How long one call of the vendor may take.
    pub call: SignedDuration,
    /// Why the vendor cannot be called at all, where it cannot.
    pub unusable: Option<&'static str>,
}

/// When a card may be posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Now.
    Now,
    /// Now, and alone: to find out whether the connector works again.
    ToTry,
    /// Then.
    At(Timestamp),
}

/// What a writer does next. Each is answered by one [`Seen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// Takes the lease, if nobody holds it: [`Seen::Leased`] or [`Seen::Held`].
    Claim,
    /// Tells the holder of the lease that there is something to look at: [`Seen::Nudged`].
    Nudge,
    /// Waits for the holder, and then reads: [`Seen::Read`].
    WaitAndRead(SignedDuration),
    /// Reads the approval and the delivery: [`Seen::Read`].
    Read(Purpose),
    /// Looks whether the deadline of the approval has passed, and expires it if so: [`Seen::Approval`].
    SeeApproval,
    /// Asks for a turn at the connector: [`Seen::Turn`].
    AskForTurn,
    /// Calls the vendor: [`Seen::Answered`] or [`Seen::Outdated`].
    Call(Try),
    /// Lets other deliveries come to the connector again: [`Seen::Done`].
    Open,
    /// Stores a timer: [`Seen::Done`].
    SetTimer(Timestamp),
    /// Takes a place in the line at the connector, not before then: [`Seen::Turn`].
    StandInLine(Timestamp),
    /// Keeps other deliveries from the connector until then; a closing that lasts longer is shortened where the writer `decides`:
    /// [`Seen::Done`].
    Close {
        /// The moment.
        until: Timestamp,
        /// Whether the writer found out for all others.
        decides: bool,
    },
    /// Leaves a dead letter: [`Seen::Done`].
    GiveUp,
    /// Disables the connector: [`Seen::Noted`].
    Disable,
    /// Waits under the lease: [`Seen::Done`].
    Pause(SignedDuration),
    /// Writes the delivery down, and keeps the lease: [`Seen::Kept`].
    Keep,
    /// Writes the delivery down and lets go of the lease, unless there was a nudge: [`Seen::Released`].
    Release,
    /// Stores a timer for the next minute, and does [`Do::Release`].
    HandOver,
    /// Writes an ending down where nobody has held the lease since the delivery was read: [`Seen::Recorded`].
    Record,
    /// Nothing more.
    Stop,
}

/// What a writer reads the approval and the delivery for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The approval may have ended before the lease was taken: what is older must not be shown after that, nor posted at all.
    Endings,
    /// Something newer may have come while the lease was held.
    News,
    /// Another writer may have written the card while its ending was shown without the lease.
    Others,
}

/// What a writer has seen of what it did.
#[derive(Clone, Debug)]
pub enum Seen {
    /// It is done.
    Done,
    /// The lease is this writer's; the delivery as it is.
    Leased(Lease, Box<Delivery>),
    /// Another writer holds the lease.
    Held,
    /// Whether the holder was told; `false` where nobody holds the lease any more.
    Nudged(bool),
    /// The approval and the delivery as they are; none where the approval was purged.
    Read(Option<(Box<Approval>, Option<Box<Delivery>>)>),
    /// The approval, expired if its deadline has passed, and when that was so.
    Approval(Box<Approval>, Timestamp),
    /// A turn.
    Turn(Turn),
    /// What the vendor answered.
    Answered(Answer),
    /// The connector was changed meanwhile: the vendor's refusal says nothing about what the connector is now.
    Outdated(Entry),
    /// What else happened to the delivery.
    Noted(Option<Entry>),
    /// What came of writing the delivery down and letting go of the lease.
    Released(Released),
    /// Whether the delivery was written down; `false` where the lease is lost.
    Kept(bool),
    /// Whether the ending was written down.
    Recorded(bool),
}

/// What came of a call of the vendor.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the vendor said.
    pub outcome: Outcome,
    /// What is remembered of it.
    pub entry: Entry,
}
