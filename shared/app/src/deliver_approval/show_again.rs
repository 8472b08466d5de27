//! Shows an approval once more at one place, where somebody altered what was shown or did away with it.

use super::writer::{Look, Writer};
use crate::{Failure, Gate};
use domain::{ApprovalId, Workspace};
use std::time::Duration;
use store::deliveries::DeliveryOf;

/// Shows an approval once more through one connector, under the lease, within a time. What fails at the vendor is tried again later;
/// what could not even be begun is only logged, and put right by the next change.
pub async fn show_again(gate: &Gate, workspace: &Workspace, id: &ApprovalId, connector: &str, within: Duration) {
    let shown = tokio::time::timeout(within, show(gate, DeliveryOf { workspace, id, connector })).await;
    match shown {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::warn!(approval = %id, connector, %why, "could not be shown again"),
        Err(_) => tracing::warn!(approval = %id, connector, "was not shown again in time"),
    }
}

async fn show(gate: &Gate, of: DeliveryOf<'_>) -> Result<(), Failure> {
    let found = gate.store.get_approval_with_deliveries(of.workspace, of.id).await?;
    let Some((approval, deliveries)) = found else { return Ok(()) };
    let plan = gate.plan(&approval, deliveries.iter()).await?;
    let standing = gate.standing(&approval, &plan, deliveries.iter()).await?;
    let mut targets = plan.targets.iter().chain(&plan.escalated).chain(&standing);
    let Some(target) = targets.find(|target| target.id == of.connector) else { return Ok(()) };
    let writer = Writer { gate, plan: &plan, target, of };
    // What is to be seen is what is, whatever was shown.
    writer.bring_up(Look::Overwritten, &approval).await.map(drop)
}
