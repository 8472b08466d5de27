//! The steps of a writer: from what it did last and what it has seen of that, to what it does next. Total: an answer that does not belong to
//! what was done ends the writer, and its lease runs out by itself.

use super::{Answer, Do, Purpose, Reach, Seen, Turn, Why};
use crate::delivery::lease::{Lease, Released};
use crate::delivery::look::{Look, look};
use crate::delivery::{Delivery, Entry};
use crate::{Approval, Timestamp};
use jiff::SignedDuration;
use std::collections::VecDeque;

/// What must be left of a lease beside the time of another call: nobody writes a card after the lease is over.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);
/// Before a call that may take longer a timer is stored: the function may be stopped before the call is over.
const LONG: SignedDuration = SignedDuration::from_secs(30);
/// How often a writer that found the lease taken looks whether the holder is done.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(500);

/// An approval and one delivery of it, as they were read.
type Reading = (Box<Approval>, Option<Box<Delivery>>);

/// What came of a call without the lease.
#[derive(Clone, Debug)]
pub(super) enum Unleased {
    /// It failed.
    Failed(Answer),
    /// The connector was changed meanwhile.
    Outdated(Entry),
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
    pub(super) lease: Option<Lease>,
    /// Perhaps something older is shown, though something newer was: it was overtaken on its way.
    pub(super) overwritten: bool,
    pub(super) turn: Turn,
    /// When the approval was as it is: it may be shown as of then, and not as of later.
    pub(super) seen_at: Timestamp,
    /// Whether it goes on to what is newer, and may post. Otherwise it makes one attempt, at a card that is out.
    pub(super) goes_on: bool,
    /// The holder of the lease was told, and nobody waits any longer.
    gave_up: bool,
    /// Whether the vendor was called under the lease.
    pub(super) called: bool,
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
                Look::Ended => Do::Expire,
                Look::Behind => Do::Claim,
            },
            Why::Altered { .. } | Why::Old => Do::Claim,
        };
        Self {
            overwritten: matches!(why, Why::Altered { .. }),
            delivery: read.clone().unwrap_or_default(),
            lease: None,
            turn: Turn::Now,
            seen_at: now,
            goes_on: matches!(why, Why::Change { .. }),
            gave_up: false,
            called: false,
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
            (Do::Read(what), Seen::Read(Some(read))) => self.looked(what, read, now),
            (Do::Expire, Seen::Approval(approval, at)) => self.attempt(*approval, at, now),
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
            (Do::Record, Seen::Recorded(recorded)) => {
                if recorded {
                    Do::Stop
                } else {
                    Do::Read(Purpose::Others)
                }
            }
            (Do::Keep, Seen::Kept(kept)) => {
                if kept {
                    self.go_on()
                } else {
                    self.lost()
                }
            }
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

    fn leased(&mut self, lease: Lease, delivery: Delivery, now: Timestamp) -> Do {
        let until = lease.until;
        let unchanged = self.read.as_ref().is_some_and(|read| is_same(read, &delivery));
        let before = std::mem::replace(&mut self.delivery, delivery);
        self.lease = Some(lease);
        if std::mem::take(&mut self.called) {
            // A card that this writer posted, and could not write down, is not posted again.
            self.learn(Some(&before));
        }
        let timer = self.died() || self.reach.call > LONG || matches!(self.why, Why::Altered { .. });
        self.then.extend(timer.then_some(Do::SetTimer(until)));
        match self.unleased.take() {
            // What failed without the lease is not called again at once: nobody has written the card since.
            Some(Unleased::Failed(answer)) if unchanged && !self.overwritten => self.answered(answer, now),
            Some(Unleased::Outdated(entry)) => self.outdated(entry),
            _ => self.prepare(),
        }
    }

    /// Under the lease, before the attempt.
    fn prepare(&mut self) -> Do {
        if self.overwritten {
            self.delivery.shown = 0;
        }
        let altered = matches!(self.why, Why::Altered { .. });
        if altered {
            // Whatever failed before: somebody asks for it.
            self.delivery.behind = None;
        }
        self.queue(altered.then_some(Do::Keep).into_iter().chain([Do::Read(Purpose::Endings)]))
    }

    /// A holder that did not let go of the lease died at the same attempt. This writer may not be the last that dies there.
    fn died(&self) -> bool {
        let held = self.read.as_ref().and_then(|read| read.leased_until);
        held.is_some_and(|until| until > Timestamp::UNIX_EPOCH)
    }

    fn nudged(&mut self, told: bool, now: Timestamp) -> Do {
        match self.why {
            _ if !told => Do::Claim,
            Why::Old => self.give_up(),
            Why::Altered { until } if now >= until => self.give_up(),
            _ => Do::WaitAndRead(LOOK_AGAIN),
        }
    }

    fn give_up(&mut self) -> Do {
        self.gave_up = true;
        Do::Stop
    }

    /// The holder has been told. It may have died, so its work is not taken for done.
    fn waited(&mut self, read: Option<Reading>) -> Do {
        match read {
            None => Do::Stop,
            Some((approval, Some(delivery)))
                if !self.overwritten && delivery.is_out() && delivery.shown >= approval.version =>
            {
                self.delivery = *delivery;
                Do::Stop
            }
            Some(_) => Do::Claim,
        }
    }

    fn looked(&mut self, what: Purpose, (approval, delivery): Reading, now: Timestamp) -> Do {
        match what {
            Purpose::Endings | Purpose::News => {
                self.approval = *approval;
                self.learn(delivery.as_deref());
                if self.goes_on || self.delivery.is_out() { Do::Expire } else { Do::Release }
            }
            // A writer that showed this very ending too, and is done, did no harm.
            Purpose::Others if delivery.is_some_and(|d| d.shown == self.delivery.shown && !d.is_held(now)) => Do::Stop,
            Purpose::Others => {
                self.overwritten = true;
                Do::Claim
            }
        }
    }

    /// A click may have taught the address of a card whose posting was never answered.
    fn learn(&mut self, known: Option<&Delivery>) {
        if let (None, Some(taught)) = (&self.delivery.ts, known)
            && let Some(address) = taught.address()
        {
            self.delivery.learn(address);
        }
    }

    fn released(&mut self, released: Released, now: Timestamp) -> Do {
        match released {
            Released::Free => Do::Stop,
            Released::Lost => self.lost(),
            Released::Kept(lease) => {
                self.lease = Some(lease);
                // Without going on, a timer of the next minute is stored for whatever the nudge was about.
                if self.goes_on { self.look_on(now) } else { Do::Release }
            }
        }
    }

    /// The lease ran out before this writer was done, because the function was held up. It begins again; and if it has called the vendor,
    /// something newer may have been shown before, so that the card is updated whatever it shows.
    fn lost(&mut self) -> Do {
        self.overwritten |= self.called || matches!(self.why, Why::Altered { .. });
        (self.why, self.lease) = (Why::Change { newest: false }, None);
        self.then.clear();
        Do::Claim
    }

    /// Whether a call that begins now might be over after the lease.
    pub(super) fn is_late(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until.duration_since(now) < self.reach.call + MARGIN)
    }

    /// Looks for something newer, as long as the lease lasts; what is left to show after that is for the holder of the next lease.
    fn look_on(&mut self, now: Timestamp) -> Do {
        if self.is_late(now) { Do::HandOver } else { Do::Read(Purpose::News) }
    }
}

/// Whether nobody has written the delivery in between, whoever holds its lease now.
fn is_same(read: &Delivery, now: &Delivery) -> bool {
    let bare = |d: &Delivery| Delivery { leased_until: None, leased_by: None, purge_at: None, ..d.clone() };
    bare(read) == bare(now)
}
