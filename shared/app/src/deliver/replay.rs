//! An admin replays a delivery that was given up, if a replay can have an effect.

use crate::deliver::look_again::tell_to_deliver;
use crate::{Couriers, Failure};
use bus::Bus;
use domain::Approval;
use domain::delivery::Delivery;
use domain::delivery::surface::{ESCALATION, SLACK};
use store::deliveries::DeliveryOf;

const ENDED: Failure = Failure::Conflict("the request has ended, so it is posted nowhere any more");
const NOWHERE: Failure =
    Failure::Conflict("its connector is disabled or deleted, or the policy does not name it any more");
const TAKEN: Failure = Failure::Conflict("somebody is delivering it just now; try again in a minute");

/// Resets a delivery and starts an attempt; `false` if the card already shows the approval's newest version.
///
/// # Errors
/// `Conflict` where nothing would be tried, or somebody holds its lease.
pub(crate) async fn begin_anew(
    couriers: &Couriers,
    bus: &Bus,
    approval: &Approval,
    deliveries: &[Delivery],
    delivery: &Delivery,
) -> Result<bool, Failure> {
    if delivery.is_out() && delivery.shown >= approval.version {
        return Ok(false);
    }
    let now = couriers.clock.now();
    if !delivery.is_out() && !approval.status_at(now).is_open() {
        return Err(ENDED);
    }
    must_have_a_place(couriers, approval, deliveries, delivery).await?;
    let of = DeliveryOf { workspace: &approval.workspace, id: &approval.id, connector: &delivery.connector };
    if !couriers.store.begin_delivery_anew(of, delivery, now).await? {
        return Err(TAKEN);
    }
    tell_to_deliver(bus, &approval.workspace, &approval.id).await?;
    Ok(true)
}

/// The deployment's own app is not known to the function that replays.
async fn must_have_a_place(
    couriers: &Couriers,
    approval: &Approval,
    deliveries: &[Delivery],
    delivery: &Delivery,
) -> Result<(), Failure> {
    if delivery.connector.strip_suffix(ESCALATION).unwrap_or(&delivery.connector) == SLACK {
        return Ok(());
    }
    let plan = couriers.plan(approval, deliveries.iter()).await?;
    let left_behind = couriers.left_behind(approval, &plan, deliveries.iter()).await?;
    let mut places = plan.targets.iter().chain(&plan.escalated).chain(&left_behind);
    let place = places.find(|target| target.id == delivery.connector).ok_or(NOWHERE)?;
    place.vendor.as_ref().map(drop).map_err(|why| Failure::Conflict(why))
}
