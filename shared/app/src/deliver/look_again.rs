//! `dispatch` looks at an approval again: at the time of a timer, or as soon as an event says so.

use crate::{Failure, Gate};
use bus::{Bus, BusMessage};
use domain::{ApprovalId, Timestamp, Workspace};
use store::due::{Due, DueKind, minute_of, start_of};

/// The detail-type of the event that has `dispatch` look at an approval again.
pub const DELIVERY_DUE: &str = "delivery.due";

/// Stores a timer for the next minute, so that the next sweep has the cards updated.
pub async fn set_timer_next_minute(gate: &Gate, workspace: &Workspace, id: &ApprovalId) -> Result<(), Failure> {
    set_timer_at(gate, workspace, id, next_minute(gate.clock.now())).await
}

/// The same time for all calls within a minute, so that they store one timer.
pub(super) fn next_minute(now: Timestamp) -> Timestamp {
    start_of(minute_of(now) + 1)
}

/// Stores a timer for a delivery: `sweep` then sends `dispatch` a nudge at that time.
pub(crate) async fn set_timer_at(
    gate: &Gate,
    workspace: &Workspace,
    id: &ApprovalId,
    at: Timestamp,
) -> Result<(), Failure> {
    let due = Due { kind: DueKind::Delivery, workspace: workspace.clone(), id: id.clone(), at };
    Ok(gate.store.put_due(&due).await?)
}

/// Sends `dispatch` a nudge, over the bus, to look at an approval again.
pub(crate) async fn tell_to_deliver(bus: &Bus, workspace: &Workspace, id: &ApprovalId) -> Result<(), Failure> {
    let told = tell(bus, [(workspace, id)].into_iter()).await?;
    told.into_iter().collect()
}

/// The same for many, in as few calls as possible; returns the result of each.
pub(crate) async fn tell_all_to_deliver(bus: &Bus, due: &[Due]) -> Vec<Result<(), Failure>> {
    match tell(bus, due.iter().map(|due| (&due.workspace, &due.id))).await {
        Ok(told) => told,
        Err(why) => due.iter().map(|_| Err(Failure::Internal(why.to_string()))).collect(),
    }
}

async fn tell<'a>(
    bus: &Bus,
    approvals: impl Iterator<Item = (&'a Workspace, &'a ApprovalId)>,
) -> Result<Vec<Result<(), Failure>>, Failure> {
    let message = |(workspace, id)| {
        let detail = serde_json::json!({ "workspace": workspace, "id": id }).to_string();
        BusMessage { detail_type: DELIVERY_DUE.into(), detail }
    };
    let messages: Vec<BusMessage> = approvals.map(message).collect();
    let untaken = || Failure::Internal("the bus did not take an event".into());
    let taken = bus.publish(&messages).await?;
    Ok(taken.into_iter().map(|taken| taken.then_some(()).ok_or_else(untaken)).collect())
}
