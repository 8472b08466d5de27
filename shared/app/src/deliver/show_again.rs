//! Updates one card again, after somebody altered or deleted it, or saw that it was old.
//!
//! A person or a vendor waits for this, so the vendor's call has a short timeout; the work around the call holds a lease and is never cut
//! off. A timer is stored first, for whatever is left to do.

use crate::deliver::look_again::set_timer_next_minute;
use crate::deliver::targets::Target;
use crate::deliver::writer::CardWriter;
use crate::{Couriers, Failure, Keyed};
use domain::delivery::writer::Why;
use domain::{ApprovalId, Workspace};
use std::time::Duration;
use store::deliveries::DeliveryOf;

/// Updates the card of one connector, whatever the card shows. A call that fails at the vendor is tried again later. An error before the
/// call is only logged, and the next change corrects the card.
pub async fn show_again(
    gate: &Keyed,
    couriers: &Couriers,
    workspace: &Workspace,
    id: &ApprovalId,
    connector: &str,
    within: Duration,
) {
    let altered = |card: &CardWriter<'_>| Why::Altered { until: card.until(within) };
    if let Err(why) = write(gate, couriers, DeliveryOf { workspace, id, connector }, within, altered).await {
        tracing::warn!(approval = %id, connector, %why, "could not be shown again");
    }
}

/// Updates one card that shows an older version, if no other writer holds its lease. Other old cards are left to the next sweep.
pub async fn draw_anew(gate: &Keyed, couriers: &Couriers, of: DeliveryOf<'_>, within: Duration) -> Result<(), Failure> {
    write(gate, couriers, of, within, |_| Why::Old).await
}

/// Writes the card of one connector, if the approval has one there.
async fn write(
    gate: &Keyed,
    couriers: &Couriers,
    of: DeliveryOf<'_>,
    within: Duration,
    why: impl FnOnce(&CardWriter<'_>) -> Why,
) -> Result<(), Failure> {
    set_timer_next_minute(gate, of.workspace, of.id).await?;
    let found = gate.store.get_approval_with_deliveries(of.workspace, of.id).await?;
    let Some((approval, deliveries)) = found else { return Ok(()) };
    let plan = couriers.plan(&approval, deliveries.iter()).await?;
    let left_behind = couriers.left_behind(&approval, &plan, deliveries.iter()).await?;
    let is_here = |target: &&Target| target.id == of.connector;
    if let Some(target) = plan.targets.iter().chain(&plan.escalated).chain(&left_behind).find(is_here) {
        let card = CardWriter { gate, plan: &plan, target, of, within: Some(within) };
        let read = deliveries.into_iter().find(|d| d.connector == of.connector);
        card.write(why(&card), approval, read).await?;
    }
    Ok(())
}
