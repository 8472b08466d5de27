//! The steps of a writer: from what it did last and what it has seen of that, to what it does next. Total: an answer that does not belong
//! to what was done ends the writer, and its lease runs out by itself. What concerns the lease is in `hold.rs`, one attempt in
//! `attempt.rs`.

use super::{Answer, Do, Purpose, Reach, Seen, Turn, Why};
use crate::delivery::lease::Lease;
use crate::delivery::look::{Look, look};
use crate::delivery::{Delivery, Entry};
use crate::{Approval, Timestamp};
use std::collections::VecDeque;

/// An approval and one delivery of it, as they were read.
pub(super) type Reading = (Box<Approval>, Option<Box<Delivery>>);

/// What came of a call without the lease.
#[derive(Clone, Debug)]
pub(super) enum Unleased {
    /// It failed.
    Failed(Answer),
    /// The connector was changed meanwhile.
    Outdated(Entry),
}

/// Why another writer may have called the vendor since this writer did.
#[derive(Clone, Debug)]
pub(super) enum Doubt {
    /// The lease, with this name of its holder, ran out before this writer was done.
    Lost(String),
    /// The ending was shown without the lease, and could not be written down.
    NotRecorded,
}

/// The writer of one card.
#[derive(Clone, Debug)]
pub struct Writer {
    pub(super) why: Why,
    pub(super) reach: Reach,
    /// The newest that is known.
    pub(super) approval: Approval,
    /// As it will be written down.
    pub(super) delivery: Delivery,
    /// As it was before this writer; none where there was none.
    pub(super) read: Option<Delivery>,
    /// As the row had it when this writer last read it under a lease, or wrote it.
    pub(super) written: Option<Delivery>,
    pub(super) lease: Option<Lease>,
    /// Why another writer may have called the vendor since this writer did.
    pub(super) doubt: Option<Doubt>,
    /// Whether the card may show an older version than the row says: a slower call of another writer may have arrived after a newer one, or
    /// somebody altered the card.
    pub(super) overwritten: bool,
    pub(super) turn: Turn,
    /// When the approval was read. The card shows its state at this time, so that a deadline that passes later is not shown as expired.
    pub(super) seen_at: Timestamp,
    /// Whether it goes on to what is newer, and may post. Otherwise it makes one attempt, at a card that is out.
    pub(super) goes_on: bool,
    /// The holder of the lease was told, and nobody waits any longer.
    pub(super) gave_up: bool,
    /// The version that the vendor was last called with, where that is not written down yet.
    pub(super) called: Option<u64>,
    /// What came of a call without the lease that has to be written down under it.
    pub(super) unleased: Option<Unleased>,
    /// What follows what is done now, in order.
    pub(super) then: VecDeque<Do>,
    doing: Do,
}

impl Writer {
    /// A writer that has read the approval and this delivery of it.
    pub fn new(why: Why, reach: Reach, approval: Approval, read: Option<Delivery>, now: Timestamp) -> Self {
        let doing = match why {
            Why::Change { newest } => match look(&approval, read.as_ref(), newest, now) {
                Look::Current => Do::Stop,
                Look::Ended => Do::SeeApproval,
                Look::Behind => Do::Claim,
            },
            Why::Altered { .. } | Why::Old => Do::Claim,
        };
        Self {
            overwritten: matches!(why, Why::Altered { .. }),
            delivery: read.clone().unwrap_or_default(),
            written: None,
            lease: None,
            doubt: None,
            turn: Turn::Now,
            seen_at: now,
            goes_on: matches!(why, Why::Change { .. }),
            gave_up: false,
            called: None,
            unleased: None,
            then: VecDeque::new(),
            why,
            reach,
            approval,
            read,
            doing,
        }
    }

    /// What is to be done first.
    pub fn first(&self) -> Do {
        self.doing
    }

    /// The approval that is shown.
    pub fn approval(&self) -> &Approval {
        &self.approval
    }

    /// The delivery, as it is to be written down.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// As of when the approval may be shown.
    pub fn seen_at(&self) -> Timestamp {
        self.seen_at
    }

    /// Whether the writer stopped because another one holds the lease.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The delivery as it was read before it was written.
    pub fn read(&self) -> Option<&Delivery> {
        self.read.as_ref()
    }

    /// The lease, where this writer holds it.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.as_ref()
    }

    /// The delivery as far as this writer knows; none where there is none.
    pub fn end(self) -> Option<Delivery> {
        let known = self.read.is_some() || self.lease.is_some() || self.delivery != Delivery::default();
        known.then_some(self.delivery)
    }

    /// What is to be done next, after what was seen of what was done last.
    pub fn step(&mut self, seen: Seen, now: Timestamp) -> Do {
        self.doing = self.next(seen, now);
        self.doing
    }

    fn next(&mut self, seen: Seen, now: Timestamp) -> Do {
        match (self.doing, seen) {
            (Do::Claim, Seen::Leased(lease, delivery)) => self.leased(lease, *delivery, now),
            (Do::Claim, Seen::Held) => Do::Nudge,
            (Do::Nudge, Seen::Nudged(told)) => self.nudged(told, now),
            (Do::WaitAndRead(_), Seen::Read(read)) => self.waited(read),
            (Do::Read(_), Seen::Read(None)) => Do::Stop,
            (Do::Read(what), Seen::Read(Some(read))) => self.looked(what, read),
            (Do::SeeApproval, Seen::Approval(approval, at)) => self.attempt(*approval, at, now),
            (Do::AskForTurn, Seen::Turn(turn)) => self.may_post(turn, now),
            (Do::StandInLine(_), Seen::Turn(turn)) => self.wait_for(turn),
            (Do::Call(_), Seen::Answered(answer)) => self.answered(answer, now),
            (Do::Call(_), Seen::Outdated(entry)) => self.outdated(entry),
            (Do::Disable, Seen::Noted(entry)) => self.note(entry),
            (Do::Release, Seen::Released(released)) => self.released(released, now),
            (Do::HandOver, Seen::Released(released)) => {
                self.goes_on = false;
                self.released(released, now)
            }
            (Do::Record, Seen::Recorded(true)) => Do::Stop,
            (Do::Record, Seen::Recorded(false)) => {
                self.doubt = Some(Doubt::NotRecorded);
                Do::Read(Purpose::Others)
            }
            (Do::Keep, Seen::Kept(true)) => {
                self.mark_written();
                self.go_on()
            }
            (Do::Keep, Seen::Kept(false)) => self.lose(),
            (Do::Pause(_), Seen::Done) => self.look_on(now),
            (_, Seen::Done) => self.go_on(),
            _ => Do::Stop,
        }
    }

    /// The next of what is to follow.
    pub(super) fn go_on(&mut self) -> Do {
        self.then.pop_front().unwrap_or(Do::Stop)
    }

    pub(super) fn queue(&mut self, these: impl IntoIterator<Item = Do>) -> Do {
        self.then.extend(these);
        self.go_on()
    }

    fn looked(&mut self, what: Purpose, (approval, delivery): Reading) -> Do {
        match what {
            Purpose::Endings | Purpose::News => {
                self.approval = *approval;
                self.learn(delivery.as_deref());
                if self.goes_on || self.delivery.is_out() { Do::SeeApproval } else { Do::Release }
            }
            Purpose::Others if delivery.is_some_and(|row| !self.may_be_overwritten(&row)) => Do::Stop,
            Purpose::Others => Do::Claim,
        }
    }

    /// A click may have taught the address of a card whose posting was never answered.
    pub(super) fn learn(&mut self, known: Option<&Delivery>) {
        if let (None, Some(taught)) = (&self.delivery.ts, known)
            && let Some(address) = taught.address()
        {
            self.delivery.learn(address);
        }
    }
}
