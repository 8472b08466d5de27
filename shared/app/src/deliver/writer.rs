//! One writer of a card at a time: takes its lease, shows what is as long as something newer comes, and lets go.

use crate::deliver::look_again::{deliver_at, deliver_later};
use crate::deliver::targets::{Plan, Target};
use crate::{Failure, Gate};
use domain::approval::{Executes, ExecutionStatus};
use domain::delivery::Delivery;
use domain::delivery::plan::rests;
use domain::{Approval, Status, Timestamp};
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::DeliveryOf;
use store::deliveries::leases::{Claim, Lease};

/// How long a writer may hold a card beside the time that its attempts may take.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// What must be left of it beside the time of another attempt: nobody writes a card after the lease is over.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);
/// An attempt that may take longer is due again before it is made: the function may be over before what it does.
const LONG: SignedDuration = SignedDuration::from_secs(30);
/// How often whoever found the lease taken looks whether its holder is done.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

pub(super) struct Writer<'a> {
    pub(super) gate: &'a Gate,
    pub(super) plan: &'a Plan,
    pub(super) target: &'a Target,
    pub(super) of: DeliveryOf<'a>,
    /// How long an attempt may take where somebody waits; else as long as the connector says.
    pub(super) within: Option<Duration>,
}

/// What people see, beside what is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The same, or nothing and nothing is to be seen.
    Current,
    /// Something older, or nothing yet.
    Behind,
    /// Perhaps something older, though something newer was shown: it was overtaken on its way.
    Overwritten,
}

/// What is to be done after an attempt.
pub(super) enum Next {
    Release,
    TryAgain(Duration),
}

impl Writer<'_> {
    /// The approval and this delivery of it, as they are now.
    async fn read(&self) -> Result<Option<(Approval, Option<Delivery>)>, Failure> {
        let found = self.gate.store.get_approval_with_deliveries(self.of.workspace, self.of.id).await?;
        Ok(found.map(|(approval, all)| (approval, all.into_iter().find(|d| d.connector == self.of.connector))))
    }

    /// What is to be done; an ending is shown at once, unless somebody shows something just now.
    pub(super) async fn look(
        &self,
        approval: &Approval,
        delivery: Option<&Delivery>,
        newest: bool,
    ) -> Result<Look, Failure> {
        let now = self.gate.clock.now();
        match delivery {
            Some(delivery) if delivery.is_out() => match delivery.shown >= approval.version {
                true => Ok(Look::Current),
                // It is due when that is over.
                false if rests(delivery, approval, now) => Ok(Look::Current),
                // What the holder has on the way is older, and would open again what an ending closed that arrives before it.
                false if delivery.is_held(now) => Ok(Look::Behind),
                false if newest && is_final(approval) => self.show_ending(approval, delivery.clone()).await,
                false => Ok(Look::Behind),
            },
            // Posted by nobody, and over: there is nobody to ask any more.
            None if !approval.status.is_open() => Ok(Look::Current),
            Some(delivery) if !approval.status.is_open() && delivery.shown >= approval.version => Ok(Look::Current),
            _ => Ok(Look::Behind),
        }
    }

    async fn show_ending(&self, approval: &Approval, read: Delivery) -> Result<Look, Failure> {
        let mut drawn = read.clone();
        match self.attempt(approval, &mut drawn).await? {
            Next::Release if drawn.shown >= approval.version => {}
            // What failed is written down under the lease, and tried again from there.
            _ => return Ok(Look::Behind),
        }
        if self.gate.store.record_final_delivery(self.of, &read, &drawn, self.gate.clock.now()).await? {
            return Ok(Look::Current);
        }
        // Who took the lease meanwhile may have shown something older, later: then it is shown once more, under the lease. Who showed
        // this very ending too, and is done, did no harm.
        let delivery = self.read().await?.and_then(|(_, delivery)| delivery);
        let same = delivery.is_some_and(|now| now.shown == drawn.shown && !now.is_held(self.gate.clock.now()));
        Ok(if same { Look::Current } else { Look::Overwritten })
    }

    /// Shows what there is to show, where there is something; the delivery as it is left, unless somebody else left it so.
    pub(super) async fn bring_up(
        &self,
        look: Look,
        approval: &Approval,
        read: Option<&Delivery>,
    ) -> Result<Option<Delivery>, Failure> {
        if look == Look::Current {
            return Ok(None);
        }
        match self.lease(look).await? {
            None => Ok(self.read().await?.and_then(|(_, delivery)| delivery)),
            Some((lease, mut delivery)) => {
                // Whoever did not let go of it died at the same attempt: whoever dies again is not the last.
                let died = read.and_then(|d| d.leased_until).is_some_and(|until| until > Timestamp::UNIX_EPOCH);
                if died || self.attempt_time() > LONG {
                    deliver_at(self.gate, self.of.workspace, self.of.id, lease.until).await?;
                }
                let mut approval = approval.clone();
                if look == Look::Overwritten {
                    delivery.shown = 0;
                }
                if delivery.is_out() {
                    // An ending may have been shown since it was read: what is older must not come after that.
                    let Some((now, _)) = self.read().await? else { return Ok(Some(delivery)) };
                    approval = now;
                }
                self.show_until_current(lease, delivery, approval).await.map(Some)
            }
        }
    }

    /// The lease; none where its holder has shown what there is to show.
    pub(super) async fn lease(&self, look: Look) -> Result<Option<(Lease, Delivery)>, Failure> {
        loop {
            let now = self.gate.clock.now();
            match self.claim().await? {
                Claim::Taken(lease, delivery) => return Ok(Some((lease, *delivery))),
                Claim::Held { until } if !self.gate.store.nudge_delivery(self.of, now).await? => {
                    tracing::debug!(%until, "the lease was let go meanwhile");
                }
                Claim::Held { .. } => {
                    // The holder has been told. It may have died, so its work is not taken for done.
                    tokio::time::sleep(LOOK_AGAIN).await;
                    if look != Look::Overwritten && self.is_current().await? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// The lease if nobody holds it; else its holder is told to look again.
    pub(super) async fn lease_at_once(&self) -> Result<Option<(Lease, Delivery)>, Failure> {
        match self.claim().await? {
            Claim::Taken(lease, delivery) => Ok(Some((lease, *delivery))),
            Claim::Held { .. } => {
                self.gate.store.nudge_delivery(self.of, self.gate.clock.now()).await?;
                Ok(None)
            }
        }
    }

    /// For as long as an attempt may take, and some more.
    async fn claim(&self) -> Result<Claim, Failure> {
        let now = self.gate.clock.now();
        let holder = data_encoding::HEXLOWER.encode(&self.gate.random::<8>()?);
        Ok(self.gate.store.lease_delivery(self.of, holder, now, now + LEASE + self.attempt_time()).await?)
    }

    fn attempt_time(&self) -> SignedDuration {
        let attempt = self.target.vendor.as_ref().map(vendors::Vendor::timeout).unwrap_or_default();
        SignedDuration::try_from(self.within.map_or(attempt, |within| within.min(attempt))).unwrap_or_default()
    }

    /// One attempt under the lease, at what is read then; whoever lets go of it without looking has left a due.
    pub(super) async fn show_once(&self, lease: Lease, mut delivery: Delivery) -> Result<(), Failure> {
        if let Some((approval, _)) = self.read().await?.filter(|_| delivery.is_out()) {
            self.attempt(&approval, &mut delivery).await?;
        }
        let mut held = Some(lease);
        while let Some(lease) = held {
            held = self.gate.store.release_delivery(self.of, lease, &delivery).await?;
        }
        Ok(())
    }

    async fn is_current(&self) -> Result<bool, Failure> {
        let read = self.read().await?;
        Ok(read.is_none_or(|(approval, delivery)| delivery.is_some_and(|d| d.is_out() && d.shown >= approval.version)))
    }

    /// Shows what is, as long as something newer comes.
    async fn show_until_current(
        &self,
        mut lease: Lease,
        mut delivery: Delivery,
        mut approval: Approval,
    ) -> Result<Delivery, Failure> {
        loop {
            match self.attempt(&approval, &mut delivery).await? {
                Next::TryAgain(after) => tokio::time::sleep(after).await,
                Next::Release => match self.gate.store.release_delivery(self.of, lease, &delivery).await? {
                    None => return Ok(delivery),
                    Some(kept) => lease = kept,
                },
            }
            let left = lease.until.duration_since(self.gate.clock.now());
            if left < self.attempt_time() + MARGIN {
                return self.hand_over(lease, delivery).await;
            }
            let Some((newer, known)) = self.read().await? else { return Ok(delivery) };
            approval = newer;
            // A click may have taught the address of a card whose posting was never answered.
            if let (None, Some(taught)) = (&delivery.ts, known)
                && let (Some(channel), Some(ts)) = (&taught.channel, &taught.ts)
            {
                delivery.learn(channel, ts);
            }
        }
    }

    /// The lease is nearly over: what is left to show is due in the next minute, for whoever takes the next one.
    async fn hand_over(&self, lease: Lease, delivery: Delivery) -> Result<Delivery, Failure> {
        deliver_later(self.gate, self.of.workspace, self.of.id).await?;
        self.gate.store.release_delivery(self.of, lease, &delivery).await?;
        Ok(delivery)
    }
}

/// Whether nothing can change what is shown any more.
fn is_final(approval: &Approval) -> bool {
    let executed = approval.execution.as_ref().is_some_and(|e| e.status != ExecutionStatus::Pending);
    let awaits = approval.status == Status::Approved && approval.executes == Executes::Gate && !executed;
    !approval.status.is_open() && !awaits
}
