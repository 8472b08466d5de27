//! Dead letters: deliveries that were given up, listed, and tried again by hand.

use crate::deliver::replay::begin_anew;
use crate::{Caller, Couriers, Failure, Gate};
use bus::Bus;
use domain::{ApprovalId, Role};
use store::deliveries::dead_letters::DeadLetter;

/// The longest text that is looked up: longer than the id of any dead letter, `<approval>.<delivery>`, and short enough for a key of the
/// table.
const MAX_ID: usize = 200;

/// Whether a text can be the id of a dead letter, or a cursor before one. The table does not take every text as a key.
pub fn is_letter_id(text: &str) -> bool {
    text.starts_with("appr_") && text.len() <= MAX_ID
}

/// The dead letters of the workspace after one.
///
/// # Errors
/// `Forbidden` unless the caller is an admin or an auditor.
pub async fn list_dead_letters(
    gate: &Gate,
    caller: &Caller,
    after: Option<&str>,
    limit: i32,
) -> Result<Vec<DeadLetter>, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    Ok(gate.store.list_dead_letters(&caller.workspace, after, limit).await?)
}

/// Replays a delivery that was given up. The delivery begins anew, and its failures are forgotten. The dead letter is kept until `dispatch`
/// has tried the delivery.
///
/// # Errors
/// `NotFound` if there is no such dead letter; `Conflict` if nothing would be tried; `Forbidden` unless the caller is an admin.
pub async fn replay_dead_letter(couriers: &Couriers, bus: &Bus, caller: &Caller, id: &str) -> Result<(), Failure> {
    caller.must_be(&[Role::Admin])?;
    let missing = || Failure::NotFound("there is no such dead letter");
    let letter = if is_letter_id(id) { couriers.store.get_dead_letter(&caller.workspace, id).await? } else { None };
    let letter = letter.ok_or_else(missing)?;
    let approval = ApprovalId::parse(&letter.request_id).ok_or_else(missing)?;
    let found = couriers.store.get_approval_with_deliveries(&caller.workspace, &approval).await?;
    let (approval, deliveries) = found.ok_or_else(missing)?;
    let delivery = deliveries.iter().find(|d| d.connector == letter.connector_id).ok_or_else(missing)?;
    if !begin_anew(couriers, bus, &approval, &deliveries, delivery).await? {
        couriers.store.take_dead_letter(&caller.workspace, id).await?;
    }
    Ok(())
}
