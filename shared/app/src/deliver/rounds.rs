//! Which deliveries may be tried, and whether people see an approval already.

use crate::deliver::targets::{Plan, Target};
use domain::delivery::Delivery;
use domain::delivery::surface::ESCALATION;
use domain::delivery::waits::ROUNDS;
use std::collections::BTreeMap;

/// Whether an admin replayed this delivery: it is tried even where another connector carries the approval.
pub(super) fn is_replayed(deliveries: &BTreeMap<String, Delivery>, target: &Target) -> bool {
    deliveries.get(&target.id).is_some_and(|d| d.replayed)
}

/// Whether a delivery was neither shown nor given up.
pub(super) fn may_be_tried(delivery: Option<&Delivery>) -> bool {
    delivery.is_none_or(|d| !d.is_out() && !d.refused && d.failures < ROUNDS)
}

/// Whether people see it, be it through a connector that was disabled since. A card of an escalation alone is a further one.
pub(super) fn is_carried(plan: &Plan, deliveries: &BTreeMap<String, Delivery>) -> bool {
    let further =
        |d: &Delivery| d.connector.ends_with(ESCALATION) || plan.escalated.iter().any(|t| t.id == d.connector);
    deliveries.values().any(|d| d.is_out() && !further(d))
}
