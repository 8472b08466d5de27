//! Whether a delivery may be tried, and when.

use crate::deliver::targets::{Plan, Target};
use crate::gate::delivery_names::ESCALATION;
use domain::{Approval, ApprovalId, Timestamp};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use store::deliveries::Delivery;

/// Rounds of attempts, after which a connector is given up.
pub(crate) const ROUNDS: u32 = 6;
/// Minutes until the next round.
const BETWEEN_ROUNDS: [i64; 6] = [1, 2, 5, 15, 30, 60];

/// Whether somebody wants it tried here, whoever else carries it.
pub(super) fn is_replayed(deliveries: &BTreeMap<String, Delivery>, target: &Target) -> bool {
    deliveries.get(&target.id).is_some_and(|d| d.replayed)
}

/// Whether a delivery was neither shown nor given up.
pub(super) fn may_be_tried(delivery: Option<&Delivery>) -> bool {
    delivery.is_none_or(|d| d.ts.is_none() && !d.refused && d.failures < ROUNDS)
}

/// Whether people see it, be it through a connector that was disabled since. A card of an escalation alone is a further one.
pub(super) fn is_carried(plan: &Plan, deliveries: &BTreeMap<String, Delivery>) -> bool {
    let further =
        |d: &Delivery| d.connector.ends_with(ESCALATION) || plan.escalated.iter().any(|t| t.id == d.connector);
    deliveries.values().any(|d| d.ts.is_some() && !further(d))
}

/// How long to wait after so many failures: a tenth more or less, always the same for one approval, so that what failed together does
/// not come back together.
pub(super) fn between_rounds(id: &ApprovalId, failures: u32) -> SignedDuration {
    let minutes = BETWEEN_ROUNDS.get(failures.saturating_sub(1) as usize).copied().unwrap_or(60);
    let hash = id.as_str().bytes().fold(failures, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
    SignedDuration::from_mins(minutes).saturating_mul(900 + (hash % 201) as i32) / 1_000
}

/// Whether it is too early to show an approval: the vendor wants to be left alone, or it failed to show this very version.
pub(super) fn rests(delivery: &Delivery, approval: &Approval, now: Timestamp) -> bool {
    // Nothing counts against what was begun anew by hand.
    let behind = delivery.behind.filter(|b| delivery.failures > 0 && b.version >= approval.version);
    let rests = behind.is_some_and(|b| b.until.is_none_or(|until| now < until));
    rests || delivery.not_before.is_some_and(|asked| now < asked)
}
