//! Shows an approval once more at one place, where somebody altered what was shown, did away with it, or saw that it was old.
//!
//! Somebody waits for it: only the vendor's call is cut short, never the work around it, which holds a lease. What is left is due.

use crate::deliver::look_again::{deliver_at, deliver_later};
use crate::deliver::targets::Target;
use crate::deliver::writer::{Look, Writer};
use crate::{Failure, Gate};
use domain::{ApprovalId, Workspace};
use std::time::Duration;
use store::deliveries::DeliveryOf;
use tokio::time::timeout;

/// Shows an approval once more through one connector, whatever was shown. What fails at the vendor is tried again later; what could
/// not even be begun is only logged, and put right by the next change.
pub async fn show_again(gate: &Gate, workspace: &Workspace, id: &ApprovalId, connector: &str, within: Duration) {
    if let Err(why) = show(gate, DeliveryOf { workspace, id, connector }, within).await {
        tracing::warn!(approval = %id, connector, %why, "could not be shown again");
    }
}

async fn show(gate: &Gate, of: DeliveryOf<'_>, within: Duration) -> Result<(), Failure> {
    deliver_later(gate, of.workspace, of.id).await?;
    at(gate, of, within, async |writer| {
        // Whoever only waits may be stopped; if that is in the middle of taking the lease, what is left is due all the same.
        let Ok(leased) = timeout(within, writer.lease(Look::Overwritten)).await else {
            return Err(Failure::Internal("somebody else shows it just now".into()));
        };
        let Some((lease, mut delivery)) = leased? else { return Ok(()) };
        deliver_at(gate, of.workspace, of.id, lease.until).await?;
        // Whatever failed before: somebody asks for it.
        (delivery.shown, delivery.behind) = (0, None);
        gate.store.keep_delivery(of, &lease, &delivery).await?;
        writer.show_once(lease, delivery).await
    })
    .await
}

/// Draws one card anew where it shows what is no more, if nobody is at it; whatever else is old is left to the next sweep.
///
/// # Errors
/// The table could not be asked.
pub async fn draw_anew(gate: &Gate, of: DeliveryOf<'_>, within: Duration) -> Result<(), Failure> {
    deliver_later(gate, of.workspace, of.id).await?;
    at(gate, of, within, async |writer| match writer.lease_at_once().await? {
        Some((lease, delivery)) => writer.show_once(lease, delivery).await,
        None => Ok(()),
    })
    .await
}

/// Does something as the writer of one place, where there is such a place.
async fn at(
    gate: &Gate,
    of: DeliveryOf<'_>,
    within: Duration,
    act: impl AsyncFnOnce(Writer<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let found = gate.store.get_approval_with_deliveries(of.workspace, of.id).await?;
    let Some((approval, deliveries)) = found else { return Ok(()) };
    let plan = gate.plan(&approval, deliveries.iter()).await?;
    let standing = gate.standing(&approval, &plan, deliveries.iter()).await?;
    let is_here = |target: &&Target| target.id == of.connector;
    match plan.targets.iter().chain(&plan.escalated).chain(&standing).find(is_here) {
        Some(target) => act(Writer { gate, plan: &plan, target, of, within: Some(within) }).await,
        None => Ok(()),
    }
}
