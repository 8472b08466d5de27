//! What is told to a machine once, after the end: by lease, attempt and retry, kept as a delivery beside the approval. An attempt that
//! repeats another has the same message id, so a receiver that honours it does the work once.

use crate::deliver::look_again::deliver_at;
use crate::{Failure, Gate};
use domain::Approval;
use jiff::SignedDuration;
use store::deliveries::leases::{Claim, Lease};
use store::deliveries::{Attempt, Delivery, DeliveryOf};
use vendors::webhook::Answered;

/// How long a sender may hold the lease beside its one attempt.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Minutes until the next attempt after so many failures, about as Standard Webhooks has it; then it is given up.
const AGAIN: [i64; 6] = [1, 5, 30, 120, 300, 600];

/// What came of looking after something outgoing.
pub(crate) enum Sent {
    /// It is done, was done, or somebody does it just now; or it is for later.
    Nothing,
    /// The receiver took it just now, with the answer to it and the attempts it needed.
    Taken(Answered, u32),
    /// It is given up, with what was said last and the attempts made.
    GivenUp(vendors::Failure, u32),
}

/// A turn at sending: nobody else sends while it is held.
pub(crate) struct Turn<'a> {
    gate: &'a Gate,
    of: DeliveryOf<'a>,
    lease: Lease,
    pub(crate) delivery: Delivery,
}

impl<'a> Turn<'a> {
    /// A turn at what is to be sent; none where it is done, or somebody is at it, or it is too early.
    pub(crate) async fn take(
        gate: &'a Gate,
        of: DeliveryOf<'a>,
        attempt: SignedDuration,
    ) -> Result<Option<Self>, Failure> {
        let now = gate.clock.now();
        let holder = data_encoding::HEXLOWER.encode(&gate.random::<8>()?);
        let claim = gate.store.lease_delivery(of, holder, now, now + LEASE + attempt).await?;
        let (lease, delivery) = match claim {
            Claim::Taken(lease, delivery) => (lease, delivery),
            // Whoever holds it may have died: it is looked at again, by all who came in vain at the same moment.
            Claim::Held { until } => {
                deliver_at(gate, of.workspace, of.id, until).await?;
                return Ok(None);
            }
        };
        let turn = Self { gate, of, lease, delivery: *delivery };
        let over = turn.delivery.ts.is_some() || turn.delivery.refused;
        if over || turn.delivery.not_before.is_some_and(|at| now < at) {
            turn.release().await?;
            return Ok(None);
        }
        // Whoever dies at the attempt leaves this: what is to be done once must be done.
        deliver_at(gate, of.workspace, of.id, turn.lease.until).await?;
        Ok(Some(turn))
    }

    /// Writes down what came of the attempt, and puts the next one where one can help. What follows from an end is done before it is
    /// written down, by `conclude`: whoever dies in between does it again.
    pub(crate) async fn end(
        mut self,
        approval: &Approval,
        word: &str,
        result: Result<Answered, vendors::Failure>,
    ) -> Result<(Self, Sent), Failure> {
        let now = self.gate.clock.now();
        self.delivery.purge_at = approval.decided_at.map(|ended| ended + approval.retention());
        self.delivery.shown = approval.version;
        self.delivery.note(Attempt {
            event: format!("{word}_{}", if result.is_ok() { "succeeded" } else { "failed" }),
            at: now,
            duration_ms: 0,
            status_code: result.as_ref().map_or_else(vendors::Failure::status, |a| Some(a.status)),
            message: result.as_ref().err().map(ToString::to_string),
        });
        let attempts = self.delivery.failures + 1;
        let sent = match result {
            Ok(answered) => Sent::Taken(answered, attempts),
            Err(why) => {
                self.delivery.failures = attempts;
                let minutes = AGAIN.get(attempts as usize - 1).filter(|_| why.is_transient());
                match (minutes, &why) {
                    (Some(minutes), vendors::Failure::Transient { retry_after, .. }) => {
                        let asked = retry_after.map(|asked| asked.from(now)).unwrap_or_default();
                        let asked = SignedDuration::try_from(asked).unwrap_or_default();
                        let wait = SignedDuration::from_mins(*minutes).max(asked);
                        self.delivery.not_before = Some(now + wait);
                        deliver_at(self.gate, self.of.workspace, self.of.id, now + wait).await?;
                        Sent::Nothing
                    }
                    _ => Sent::GivenUp(why, attempts),
                }
            }
        };
        Ok((self, sent))
    }

    /// Marks it as over and lets go.
    pub(crate) async fn conclude(mut self, taken: bool) -> Result<(), Failure> {
        self.delivery.ts = taken.then(|| "sent".to_owned());
        (self.delivery.refused, self.delivery.not_before) = (!taken, None);
        self.release().await
    }

    /// Lets go. A nudge that came meanwhile says nothing new: there is one thing to send.
    pub(crate) async fn release(self) -> Result<(), Failure> {
        let mut lease = self.lease;
        while let Some(kept) = self.gate.store.release_delivery(self.of, lease, &self.delivery).await? {
            lease = kept;
        }
        Ok(())
    }
}
