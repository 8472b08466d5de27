//! A message that a machine gets once, after the end: an execution or a callback. Its lease, attempts and retries are stored as a delivery
//! beside the approval. A repeated attempt has the same message id, so a receiver that honours the id does the work once.

use crate::deliver::attempt::outcome;
use crate::deliver::look_again::set_timer_at;
use crate::{Failure, Gate};
use domain::delivery::entry::Try;
use domain::delivery::lease::{BESIDE_THE_CALL, Lease, Released};
use domain::delivery::step::{Attempt, Told, after_sending, entry};
use domain::delivery::{Address, Delivery, Entry};
use domain::{Approval, Timestamp};
use jiff::SignedDuration;
use store::deliveries::DeliveryOf;
use store::deliveries::leases::Claim;
use vendors::webhook::Answered;

/// What came of looking after something outgoing.
pub(crate) enum Sent {
    /// It is done, was done, or somebody does it just now; or it is for later.
    Nothing,
    /// The receiver took it just now, with the answer to it and the attempts it needed.
    Taken(Answered, u32),
    /// It is given up, with what was said last and the attempts made.
    GivenUp(vendors::Failure, u32),
}

/// The lease of something outgoing: nobody else sends while it is held.
pub(crate) struct SendingLease<'a> {
    gate: &'a Gate,
    of: DeliveryOf<'a>,
    lease: Lease,
    delivery: Delivery,
}

impl<'a> SendingLease<'a> {
    /// The lease of what is to be sent; none where it is done, or somebody is at it, or it is too early.
    pub(crate) async fn take(
        gate: &'a Gate,
        of: DeliveryOf<'a>,
        attempt: SignedDuration,
    ) -> Result<Option<Self>, Failure> {
        let now = gate.clock.now();
        let holder = data_encoding::HEXLOWER.encode(&gate.random::<8>()?);
        let claim = gate.store.lease_delivery(of, holder, now, now + BESIDE_THE_CALL + attempt).await?;
        let (lease, delivery) = match claim {
            Claim::Taken(lease, delivery) => (lease, delivery),
            // The holder of the lease may have died. A timer at the lease's end starts another look; all processes that found the lease
            // taken store the same timer.
            Claim::Held { until } => {
                set_timer_at(gate, of.workspace, of.id, until).await?;
                return Ok(None);
            }
        };
        let sending = Self { gate, of, lease, delivery: *delivery };
        let over = sending.delivery.is_out() || sending.delivery.refused;
        if over || sending.delivery.not_before.is_some_and(|at| now < at) {
            sending.release().await?;
            return Ok(None);
        }
        // If the process dies during the attempt, this timer starts the next one.
        set_timer_at(gate, of.workspace, of.id, sending.lease.until).await?;
        Ok(Some(sending))
    }

    /// Stores the result of the attempt, and a timer for the next attempt if one can help. `conclude` does what follows from the last
    /// attempt before the result is stored, so a process that dies in between does it again.
    pub(crate) async fn end(
        mut self,
        approval: &Approval,
        what: Try,
        result: Result<Answered, vendors::Failure>,
    ) -> Result<(Self, Sent), Failure> {
        let now = self.gate.clock.now();
        self.delivery.purge_at = approval.decided_at.map(|ended| ended + approval.retention());
        let status = result.as_ref().map_or_else(vendors::Failure::status, |answered| Some(answered.status));
        let said = result.as_ref().err().map(ToString::to_string);
        self.delivery.note(entry(what, result.is_ok(), (now, now), (status, said)));
        let attempts = self.delivery.failures + 1;
        let outcome = outcome(result.as_ref().map(|_| Address::default()).map_err(Clone::clone), now);
        let (next, told) =
            after_sending(&self.delivery, Attempt { approval, outcome: &outcome, finds_out: false, now });
        self.delivery = next;
        if let Told::Again(at) = told {
            set_timer_at(self.gate, self.of.workspace, self.of.id, at).await?;
        }
        let sent = match (told, result) {
            (Told::Again(_), _) => Sent::Nothing,
            (_, Ok(answered)) => Sent::Taken(answered, attempts),
            (_, Err(why)) => Sent::GivenUp(why, attempts),
        };
        Ok((self, sent))
    }

    /// Remembers what else happened.
    pub(crate) fn note(&mut self, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.delivery.note(entry);
        }
    }

    /// Marks it as over and lets go.
    pub(crate) async fn conclude(mut self, taken: bool) -> Result<(), Failure> {
        self.delivery.conclude(taken);
        self.release().await
    }

    /// Lets go. A nudge that came meanwhile says nothing new: there is one thing to send.
    pub(crate) async fn release(self) -> Result<(), Failure> {
        let mut lease = self.lease;
        // What was sent is written down also when the lease is over, unless somebody else has taken it: it is not sent again then.
        let ever = Timestamp::UNIX_EPOCH;
        while let Released::Kept(kept) = self.gate.store.release_delivery(self.of, lease, &self.delivery, ever).await? {
            lease = kept;
        }
        Ok(())
    }
}
