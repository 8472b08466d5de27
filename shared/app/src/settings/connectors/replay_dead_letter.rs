//! Dead letters: deliveries that were given up, listed, and tried again by hand.

use crate::deliver::replay::begin_anew;
use crate::{Caller, Couriers, Failure, Gate};
use bus::Bus;
use domain::{ApprovalId, Role};
use store::deliveries::dead_letters::DeadLetter;

/// Longer than any letter's id, `<approval>.<delivery>`, and as long as the table takes.
const MAX_ID: usize = 200;

/// Whether a text can be a letter's id, or stand before one: not every text is a key that the table takes.
pub fn is_letter_id(text: &str) -> bool {
    text.starts_with("appr_") && text.len() <= MAX_ID
}

/// The dead letters of the workspace after one.
///
/// # Errors
/// `Forbidden` for whoever is neither admin nor auditor.
pub async fn list_dead_letters(
    gate: &Gate,
    caller: &Caller,
    after: Option<&str>,
    limit: i32,
) -> Result<Vec<DeadLetter>, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    Ok(gate.store.list_dead_letters(&caller.workspace, after, limit).await?)
}

/// Tries a delivery again that was given up: it begins anew, whatever was counted against it. The letter is kept until it was tried, by
/// whoever delivers.
///
/// # Errors
/// `NotFound` where there is no such letter; `Conflict` where nothing would be tried; `Forbidden` for whoever is no admin.
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
