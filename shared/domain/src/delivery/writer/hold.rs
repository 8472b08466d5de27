//! The lease of a writer: taken, found taken, let go of, or lost to time because the function was held up.

use super::step::{Doubt, Reading, Unleased};
use super::{Do, Purpose, Why, Writer};
use crate::Timestamp;
use crate::delivery::Delivery;
use crate::delivery::lease::{Lease, Released};
use jiff::SignedDuration;

/// What must be left of a lease beside the time of another call: nobody writes a card after the lease is over.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);
/// Before a call that may take longer a timer is stored: the function may be stopped before the call is over.
const LONG: SignedDuration = SignedDuration::from_secs(30);
/// How often a writer that found the lease taken looks whether the holder is done.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(500);

impl Writer {
    pub(super) fn leased(&mut self, lease: Lease, row: Delivery, now: Timestamp) -> Do {
        let until = lease.until;
        let unchanged = self.read.as_ref().is_some_and(|read| is_same(read, &row));
        self.lease = Some(lease);
        self.take_up(row);
        let timer = self.former_holder_died() || self.reach.call > LONG || matches!(self.why, Why::Altered { .. });
        self.then.extend(timer.then_some(Do::SetTimer(until)));
        match self.unleased.take() {
            // What failed without the lease is not called again at once: nobody has written the card since.
            Some(Unleased::Failed(answer)) if unchanged && !self.overwritten => self.answered(answer, now),
            Some(Unleased::Outdated(entry)) => self.outdated(entry),
            _ => self.prepare(),
        }
    }

    /// The delivery is what the row says. What the vendor answered to this writer and is not written down yet counts as well:
    /// all of it where no other writer has held the lease since, and else the address, so that a card is not posted again.
    fn take_up(&mut self, row: Delivery) {
        let mine = std::mem::replace(&mut self.delivery, row.clone());
        if self.called.is_some() {
            self.overwritten |= self.may_be_overwritten(&row);
            if self.is_untouched(&row) {
                self.delivery = mine;
            } else {
                self.learn(Some(&mine));
            }
        }
        (self.written, self.doubt) = (Some(row), None);
    }

    /// Whether this writer lost a lease, and nobody has held one since, nor written the delivery.
    fn is_untouched(&self, row: &Delivery) -> bool {
        let before = self.lease.as_ref().and_then(|lease| lease.before.as_ref());
        let last = matches!(&self.doubt, Some(Doubt::Lost(holder)) if before == Some(holder));
        last && self.written.as_ref().is_some_and(|written| is_same(written, row))
    }

    /// Whether the card may show something older than the row says. Where two writers may have called the vendor, nobody knows whose
    /// call came last. That does not matter where both sent the same version.
    pub(super) fn may_be_overwritten(&self, row: &Delivery) -> bool {
        let unknown = self.doubt.is_some() && !self.is_untouched(row);
        self.overwritten || (unknown && self.called.is_some_and(|version| version != row.shown))
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
        // If this writer dies, the row says that the card has to be written.
        let keeps = altered || self.overwritten;
        self.queue(keeps.then_some(Do::Keep).into_iter().chain([Do::Read(Purpose::Endings)]))
    }

    /// Whether the writer that held the lease before died. The same attempt may kill this writer as well, so a timer is stored before it.
    fn former_holder_died(&self) -> bool {
        let held = self.read.as_ref().and_then(|read| read.leased_until);
        held.is_some_and(|until| until > Timestamp::UNIX_EPOCH)
    }

    pub(super) fn nudged(&mut self, told: bool, now: Timestamp) -> Do {
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
    pub(super) fn waited(&mut self, read: Option<Reading>) -> Do {
        match read {
            None => Do::Stop,
            Some((approval, Some(delivery)))
                if !self.may_be_overwritten(&delivery) && delivery.is_out() && delivery.shown >= approval.version =>
            {
                self.delivery = *delivery;
                Do::Stop
            }
            Some(_) => Do::Claim,
        }
    }

    pub(super) fn released(&mut self, released: Released, now: Timestamp) -> Do {
        match released {
            Released::Free => Do::Stop,
            Released::Lost => self.lose(),
            Released::Kept(lease) => {
                self.lease = Some(lease);
                self.mark_written();
                // Without going on, a timer of the next minute is stored for whatever the nudge was about.
                if self.goes_on { self.look_on(now) } else { Do::Release }
            }
        }
    }

    /// Notes that the row has the delivery as it is now.
    pub(super) fn mark_written(&mut self) {
        (self.written, self.called) = (Some(self.delivery.clone()), None);
    }

    /// The lease ran out before this writer was done, because the function was held up. It begins again.
    pub(super) fn lose(&mut self) -> Do {
        self.doubt = self.lease.take().map(|lease| Doubt::Lost(lease.holder));
        self.why = Why::Change { newest: false };
        self.then.clear();
        Do::Claim
    }

    /// Whether a call that begins now might be over after the lease.
    pub(super) fn is_late(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| lease.until.duration_since(now) < self.reach.call + MARGIN)
    }

    /// Looks for something newer, as long as the lease lasts; what is left to show after that is for the holder of the next lease.
    pub(super) fn look_on(&mut self, now: Timestamp) -> Do {
        if self.is_late(now) { Do::HandOver } else { Do::Read(Purpose::News) }
    }
}

/// Whether nobody has written the delivery in between, whoever holds its lease now.
fn is_same(read: &Delivery, now: &Delivery) -> bool {
    let bare = |d: &Delivery| Delivery { leased_until: None, leased_by: None, purge_at: None, ..d.clone() };
    bare(read) == bare(now)
}
