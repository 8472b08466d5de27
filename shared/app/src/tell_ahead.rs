//! Between two sweeps: deliveries that become due are told at their moment, so that what comes back to a vendor by turns does not come
//! all at once when the minute is over.

use crate::deliver_approval::tell_to_deliver;
use crate::{Failure, Gate};
use domain::Timestamp;
use jiff::SignedDuration;
use std::collections::VecDeque;
use store::due::{Due, DueKind, minute_of};

/// How far is looked ahead: until the next sweep.
pub const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// Deliveries that become due, in order.
#[derive(Debug)]
pub struct Ahead {
    due: VecDeque<Due>,
}

/// What becomes due until the next sweep.
///
/// # Errors
/// The table could not be asked.
pub async fn look_ahead(gate: &Gate) -> Result<Ahead, Failure> {
    let now = gate.clock.now();
    let mut due = Vec::new();
    for minute in minute_of(now)..=minute_of(now + AHEAD) {
        due.extend(gate.store.list_due(minute, now + AHEAD).await?);
    }
    due.retain(|due| due.kind == DueKind::Delivery && now < due.at);
    due.sort_by_key(|due| due.at);
    Ok(Ahead { due: due.into() })
}

impl Ahead {
    /// When the next one is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.front().map(|due| due.at)
    }

    /// Tells `dispatch` of those whose moment has come. What could not be told is told by the next sweep.
    pub async fn tell(&mut self, gate: &Gate) {
        let now = gate.clock.now();
        while let Some(due) = self.due.pop_front_if(|due| due.at <= now) {
            if let Err(why) = tell_to_deliver(gate, &due.workspace, &due.id).await {
                tracing::error!(approval = %due.id, %why, "a delivery that is due could not be told");
            }
        }
    }
}

/// Looks ahead and tells each at its moment; over within [`AHEAD`].
///
/// # Errors
/// The table could not be asked.
pub async fn tell_ahead(gate: &Gate) -> Result<(), Failure> {
    let mut ahead = look_ahead(gate).await?;
    while let Some(at) = ahead.next() {
        if !gate.clock.reach(at).await {
            break;
        }
        ahead.tell(gate).await;
    }
    Ok(())
}
