//! The turns of a connector, as a delivery takes them.
//!
//! INVARIANT 16: Deliveries that come back to a connector take turns, no closer together than the vendor allows. While the connector fails,
//! one delivery a minute tests it and the others wait. A first post waits for no turn.

use crate::Failure;
use crate::deliver::writer::CardWriter;
use domain::Timestamp;
use domain::delivery::Delivery;
use domain::delivery::waits;
use domain::delivery::writer::Turn;
use jiff::SignedDuration;
use store::rates::{Bucket, Rate};

/// The first turn is so far from now. A timer starts each delivery at the second of its turn.
const LINE_BEGINS: SignedDuration = SignedDuration::from_secs(2);
/// How long a turn is valid. A delivery that comes later, for example after a failed sweep, takes another turn.
const TURN_LASTS: SignedDuration = SignedDuration::from_secs(15);

impl CardWriter<'_> {
    pub(super) fn turns(&self) -> Bucket<'_> {
        Bucket::Turns(self.of.workspace, self.of.connector)
    }

    /// Whether what comes back may be posted now. Where the connector is known to fail, one finds out whether it still does, and all
    /// others stand in line again.
    pub(super) async fn turn(&self, delivery: &Delivery) -> Result<Turn, Failure> {
        let now = self.gate.clock.now();
        let mut may_come = delivery.in_line && delivery.not_before.is_some_and(|turn| now < turn + TURN_LASTS);
        let mut turn = now;
        let closed = self.gate.store.get_closed_until(self.turns()).await?;
        if !may_come {
            turn = self.stand_in_line(closed).await?;
            may_come = turn <= now;
        }
        match closed {
            None if may_come => Ok(Turn::Now),
            Some(was) if may_come && was <= now => {
                let mine = self.gate.store.try_turns(self.turns(), was, now + waits::CLOSED).await?;
                if mine { Ok(Turn::ToTry) } else { Ok(Turn::At(self.stand_in_line(None).await?)) }
            }
            Some(until) if may_come => Ok(Turn::At(self.stand_in_line(Some(until)).await?)),
            _ => Ok(Turn::At(turn)),
        }
    }

    /// Takes the next turn, one of its own also where nobody may come before some moment: all at once would be too many then.
    pub(super) async fn stand_in_line(&self, not_before: Option<Timestamp>) -> Result<Timestamp, Failure> {
        let now = self.gate.clock.now();
        let first = not_before.unwrap_or(now).max(now);
        let burst = self.target.vendor.as_ref().map_or(1, |vendor| vendor.per_second() as u64);
        let rate = Rate { name: "turns", burst, window_sec: 1 };
        Ok(self.gate.store.take_turn(self.turns(), rate, first, first.max(now + LINE_BEGINS)).await?)
    }

    /// The connector answers again. If that cannot be written down, the next one finds out.
    pub(super) async fn open(&self) {
        if let Err(why) = self.gate.store.open_turns(self.turns()).await {
            tracing::warn!(%why, connector = self.of.connector, "turns could not be opened again");
        }
    }
}
