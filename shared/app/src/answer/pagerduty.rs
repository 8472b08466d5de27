//! Somebody acknowledged or resolved an incident. This says who looks at the approval, and neither approves nor denies it. An incident that
//! is resolved while the approval is open is triggered again, because an approver is still needed.

use crate::answer::callbacks::Called;
use crate::deliver::show_again::show_again;
use crate::{Couriers, Failure, Keyed};
use std::time::Duration;
use vendors::pagerduty::{Callback, What};

/// How long the new trigger may take before the answer goes out.
const SHOWING: Duration = Duration::from_secs(15);

/// Heeds a verified callback. A repeat triggers an alert that is triggered already, which PagerDuty takes for the same.
pub async fn heed_pagerduty(
    gate: &Keyed,
    couriers: &Couriers,
    called: &Called,
    callback: &Callback,
) -> Result<(), Failure> {
    let (What::Resolved, Some(id)) = (callback.what, &callback.approval) else { return Ok(()) };
    let Some((approval, delivery)) = called.delivered(gate, id).await? else { return Ok(()) };
    let of_it = delivery.ts.as_deref() == Some(id.as_str());
    // We resolve it ourselves at the end.
    if !of_it || !approval.status_at(gate.clock.now()).is_open() {
        return Ok(());
    }
    show_again(gate, couriers, &called.workspace, id, &called.connector, SHOWING).await;
    Ok(())
}
