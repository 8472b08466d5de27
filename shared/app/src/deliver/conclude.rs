//! What is left to do once everybody who could be tried was.

use crate::deliver::give_up;
use crate::deliver::look_again::{deliver_at, next_minute};
use crate::deliver::rounds::{is_carried, is_replayed, may_be_tried};
use crate::deliver::targets::{Plan, Target};
use crate::{Failure, Gate};
use domain::Approval;
use domain::connector::Mode;
use domain::delivery::Delivery;
use std::collections::BTreeMap;

/// Whether people see an approval, or will.
pub(super) enum Reached {
    Somebody,
    /// By this plan there is nobody left to try.
    Nobody(Plan),
}

/// What is left to do: another round later, or nothing more where nobody could be reached.
pub(super) async fn conclude(
    gate: &Gate,
    approval: &Approval,
    plan: Plan,
    deliveries: &BTreeMap<String, Delivery>,
) -> Result<Reached, Failure> {
    let open = |target: &&Target| may_be_tried(deliveries.get(&target.id));
    let carried = is_carried(&plan, deliveries);
    let left: Vec<&Target> = match plan.mode {
        Mode::FirstSuccess if carried => {
            plan.targets.iter().filter(open).filter(|t| is_replayed(deliveries, t)).collect()
        }
        _ => plan.targets.iter().filter(open).collect(),
    };
    let left: Vec<&Target> = left.into_iter().chain(plan.escalated.iter().filter(open)).collect();
    let now = gate.clock.now();
    // A moment that has come while others were tried is now.
    let next = |d: &Delivery| d.not_before.map_or(next_minute(now), |at| at.max(now));
    match left.iter().filter_map(|t| deliveries.get(&t.id)).map(next).min() {
        // Put again by everybody who looks in between, it is still one item: its moment was set when it failed.
        Some(at) => deliver_at(gate, &approval.workspace, &approval.id, at).await.map(|()| Reached::Somebody),
        // Somebody sees it, or will: an escalation's card is no less to be seen than another.
        None if !left.is_empty() || deliveries.values().any(|d| d.is_out()) => Ok(Reached::Somebody),
        // Without a connector, the inbox is where requests wait.
        None if give_up::reason(&plan, deliveries).is_none() => Ok(Reached::Somebody),
        None => Ok(Reached::Nobody(plan)),
    }
}
