//! Shows an approval once more at one place, where somebody altered what was shown, did away with it, or saw that it was old.
//!
//! Somebody waits for it: only the vendor's call is cut short, never the work around it, which holds a lease. A timer is stored first, for
//! what is left to show.

use crate::deliver::look_again::deliver_later;
use crate::deliver::targets::Target;
use crate::deliver::writer::CardWriter;
use crate::{Couriers, Failure, Keyed};
use domain::delivery::writer::Why;
use domain::{ApprovalId, Workspace};
use std::time::Duration;
use store::deliveries::DeliveryOf;

/// Shows an approval once more through one connector, whatever was shown. What fails at the vendor is tried again later; what could
/// not even be begun is only logged, and put right by the next change.
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

/// Updates one card that shows what is no more, if nobody writes it just now; whatever else is old is left to the next sweep.
///
/// # Errors
/// The table could not be asked.
pub async fn draw_anew(gate: &Keyed, couriers: &Couriers, of: DeliveryOf<'_>, within: Duration) -> Result<(), Failure> {
    write(gate, couriers, of, within, |_| Why::Old).await
}

/// Writes the card of one place, where there is such a place.
async fn write(
    gate: &Keyed,
    couriers: &Couriers,
    of: DeliveryOf<'_>,
    within: Duration,
    why: impl FnOnce(&CardWriter<'_>) -> Why,
) -> Result<(), Failure> {
    deliver_later(gate, of.workspace, of.id).await?;
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
