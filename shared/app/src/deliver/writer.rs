//! Does what the writer of a card, a state machine of the domain, says: the table, the clock, the line at the connector and the vendor are
//! here, the decisions are in `domain::delivery::writer`.

use crate::deliver::give_up;
use crate::deliver::look_again::{set_timer_at, set_timer_next_minute};
use crate::deliver::targets::{Plan, Target};
use crate::{Failure, Keyed};
use domain::delivery::Delivery;
use domain::delivery::lease::{BESIDE_THE_CALL, Lease, Released};
use domain::delivery::writer::{Do, Reach, Seen, Turn, Why, Writer};
use domain::{Approval, Timestamp};
use jiff::SignedDuration;
use std::time::Duration;
use store::deliveries::DeliveryOf;
use store::deliveries::leases::Claim;

/// One card, and how it is reached.
pub(super) struct CardWriter<'a> {
    pub(super) gate: &'a Keyed,
    pub(super) plan: &'a Plan,
    pub(super) target: &'a Target,
    pub(super) of: DeliveryOf<'a>,
    /// How long a call may take where somebody waits; else as long as the connector says.
    pub(super) within: Option<Duration>,
}

impl CardWriter<'_> {
    /// Writes the card until there is nothing more to write; the delivery as it is left.
    pub(super) async fn write(
        &self,
        why: Why,
        approval: Approval,
        read: Option<Delivery>,
    ) -> Result<Option<Delivery>, Failure> {
        let reach = Reach { call: self.call_time(), unusable: self.target.vendor.as_ref().err().copied() };
        let mut writer = Writer::new(why, reach, approval, read, self.gate.clock.now());
        let (mut next, mut refusal) = (writer.first(), None);
        while next != Do::Stop {
            let seen = self.perform(next, &writer, &mut refusal).await?;
            next = writer.step(seen, self.gate.clock.now());
        }
        if writer.gave_up() {
            tracing::warn!(approval = %self.of.id, connector = self.of.connector, "another writer holds the card");
        }
        Ok(writer.end())
    }

    /// Does one thing. A vendor's `refusal` is kept for the dead letter that may follow.
    async fn perform(
        &self,
        what: Do,
        writer: &Writer,
        refusal: &mut Option<vendors::Failure>,
    ) -> Result<Seen, Failure> {
        let Self { gate, of, .. } = self;
        Ok(match what {
            Do::Claim => self.claim().await?,
            Do::Nudge => Seen::Nudged(gate.store.nudge_delivery(*of, gate.clock.now()).await?),
            Do::WaitAndRead(wait) => {
                tokio::time::sleep(wait.unsigned_abs()).await;
                self.read().await?
            }
            Do::Read(_) => self.read().await?,
            Do::SeeApproval => {
                let seen = gate.see(writer.approval()).await?;
                Seen::Approval(Box::new(seen.approval.into_owned()), seen.at)
            }
            Do::AskForTurn => Seen::Turn(self.turn(writer.delivery()).await?),
            Do::Call(what) => self.call(what, writer, refusal).await?,
            Do::StandInLine(from) => Seen::Turn(Turn::At(self.stand_in_line(Some(from)).await?)),
            Do::Keep => Seen::Kept(self.keep(writer).await?),
            Do::Disable => Seen::Noted(self.disable(writer.approval()).await?),
            Do::Release => Seen::Released(self.release(writer.lease(), writer.delivery()).await?),
            Do::HandOver => {
                set_timer_next_minute(gate, of.workspace, of.id).await?;
                Seen::Released(self.release(writer.lease(), writer.delivery()).await?)
            }
            Do::Record => Seen::Recorded(self.record(writer).await?),
            done => {
                self.simply(done, writer, refusal.as_ref()).await?;
                Seen::Done
            }
        })
    }

    /// Does what has no answer.
    async fn simply(&self, what: Do, writer: &Writer, refusal: Option<&vendors::Failure>) -> Result<(), Failure> {
        let Self { gate, of, .. } = self;
        match what {
            Do::SetTimer(at) => set_timer_at(gate, of.workspace, of.id, at).await?,
            Do::Close { until, decides } => gate.store.close_turns(self.turns(), until, decides).await?,
            Do::Open => self.open().await,
            Do::Pause(wait) => tokio::time::sleep(wait.unsigned_abs()).await,
            Do::GiveUp => self.bury(writer.approval(), refusal).await?,
            _ => {}
        }
        Ok(())
    }

    /// For as long as a call may take, and some more.
    async fn claim(&self) -> Result<Seen, Failure> {
        let now = self.gate.clock.now();
        let holder = data_encoding::HEXLOWER.encode(&self.gate.random::<8>()?);
        let until = now + BESIDE_THE_CALL + self.call_time();
        let claim = self.gate.store.lease_delivery(self.of, holder, now, until).await?;
        Ok(match claim {
            Claim::Taken(lease, delivery) => Seen::Leased(lease, delivery),
            Claim::Held { .. } => Seen::Held,
        })
    }

    /// The approval and this delivery of it, as they are now.
    async fn read(&self) -> Result<Seen, Failure> {
        let found = self.gate.store.get_approval_with_deliveries(self.of.workspace, self.of.id).await?;
        let mine = |all: Vec<Delivery>| all.into_iter().find(|d| d.connector == self.of.connector).map(Box::new);
        Ok(Seen::Read(found.map(|(approval, all)| (Box::new(approval), mine(all)))))
    }

    async fn release(&self, lease: Option<&Lease>, delivery: &Delivery) -> Result<Released, Failure> {
        let Some(lease) = lease else { return Ok(Released::Free) };
        Ok(self.gate.store.release_delivery(self.of, lease.clone(), delivery, self.gate.clock.now()).await?)
    }

    async fn keep(&self, writer: &Writer) -> Result<bool, Failure> {
        let Some(lease) = writer.lease() else { return Ok(false) };
        Ok(self.gate.store.keep_delivery(self.of, lease, writer.delivery(), self.gate.clock.now()).await?)
    }

    async fn record(&self, writer: &Writer) -> Result<bool, Failure> {
        let Some(read) = writer.read() else { return Ok(false) };
        let now = self.gate.clock.now();
        Ok(self.gate.store.record_final_delivery(self.of, read, writer.delivery(), now).await?)
    }

    async fn bury(&self, approval: &Approval, refusal: Option<&vendors::Failure>) -> Result<(), Failure> {
        let unusable = self.target.vendor.as_ref().err().copied().unwrap_or("it was given up");
        let cannot = || vendors::Failure::Permanent { reason: unusable.to_owned(), status: None };
        give_up::bury(self.gate, approval, self.target, &refusal.cloned().unwrap_or_else(cannot)).await
    }

    pub(super) fn call_time(&self) -> SignedDuration {
        let most = self.target.vendor.as_ref().map(vendors::Vendor::timeout).unwrap_or_default();
        SignedDuration::try_from(self.within.map_or(most, |within| within.min(most))).unwrap_or_default()
    }

    pub(super) fn until(&self, within: Duration) -> Timestamp {
        self.gate.clock.now() + SignedDuration::try_from(within).unwrap_or_default()
    }
}
