//! One approval as the inbox shows it: to approvers, auditors and admins; an agent sees its own.

use crate::{Caller, Failure, Gate, noted};
use domain::delivery::Delivery;
use domain::view::{InboxItem, inbox_item};
use domain::{Approval, ApprovalId, Role};
use serde_json::{Value, json};

/// Who sees every approval of the workspace.
pub(crate) const READERS: [Role; 3] = [Role::Approver, Role::Auditor, Role::Admin];

/// Reads an approval with its deliveries.
///
/// # Errors
/// `NotFound` where the workspace has none, or it is another agent's.
pub async fn read_approval(gate: &Gate, caller: &Caller, id: &ApprovalId) -> Result<InboxItem, Failure> {
    let all = caller.is(&READERS);
    let subject = caller.must_be(&[Role::Agent, Role::Approver, Role::Auditor, Role::Admin])?;
    let found = gate.store.get_approval_with_deliveries(&caller.workspace, id).await?;
    let (approval, deliveries) = found
        .filter(|(approval, _)| all || approval.asked_by == *subject)
        .ok_or(Failure::NotFound("there is no such approval"))?;
    noted::approval(&approval);
    let deliveries = deliveries.iter().map(|d| delivery(d, &approval)).collect();
    let seen = gate.see(&approval).await?;
    Ok(inbox_item(&seen.approval, Some(deliveries), seen.at))
}

fn delivery(delivery: &Delivery, approval: &Approval) -> Value {
    let last = delivery.log.last();
    json!({
        "connector": delivery.connector,
        "delivered": delivery.is_out(),
        "current": delivery.shown >= approval.version,
        "channel": delivery.channel,
        "event": last.map(|l| &l.event),
        "status_code": last.and_then(|l| l.status_code),
        "duration_ms": last.map(|l| l.duration_ms),
        "message": last.and_then(|l| l.message.as_ref()),
        "timestamp": last.map(|l| l.at),
    })
}
