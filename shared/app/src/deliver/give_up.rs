//! What follows if a connector, or every connector, could not carry an approval: a dead letter, the fallback to the console, or the
//! approval's end.

use crate::deliver::targets::{Plan, Target};
use crate::facts::Fact;
use crate::{Failure, Gate};
use domain::connector::Kind;
use domain::delivery::surface::CONSOLE;
use domain::delivery::targets::Deliveries;
use domain::delivery::{Delivery, Entry, What};
use domain::{Approval, Command, Refusal, apply};
use store::connectors::Connector;
use store::deliveries::DeliveryOf;
use store::deliveries::dead_letters::DeadLetter;

/// The status by which a webhook asks for no more messages (Standard Webhooks).
pub(crate) const GONE: u16 = 410;

/// Stores a dead letter for a delivery that was given up.
pub(super) async fn bury(
    gate: &Gate,
    approval: &Approval,
    target: &Target,
    why: &vendors::Failure,
) -> Result<(), Failure> {
    let letter = DeadLetter {
        id: letter_id(approval, &target.id),
        request_id: approval.id.to_string(),
        connector_id: target.id.clone(),
        connector_name: target.name.clone(),
        timestamp: gate.clock.now(),
        message: why.to_string(),
        status_code: why.status(),
    };
    let purge_at = approval.expires_at + approval.retention();
    gate.store.put_dead_letter(&approval.workspace, &letter, purge_at).await?;
    gate.facts.note(Fact::DeadLetter);
    Ok(())
}

fn letter_id(approval: &Approval, delivery: &str) -> String {
    format!("{}.{delivery}", approval.id)
}

/// Deletes the dead letter of a replayed delivery, after the delivery was tried. A dead letter that cannot be deleted stays; it can only be
/// replayed once more.
pub(super) async fn tried(gate: &Gate, approval: &Approval, delivery: &Delivery) {
    let letter = letter_id(approval, &delivery.connector);
    if let Err(why) = gate.store.take_dead_letter(&approval.workspace, &letter).await {
        tracing::warn!(%why, letter, "a dead letter that was replayed could not be deleted");
    }
}

/// Disables a webhook that answered 410, and stores the reason. From any other vendor a 410 is an ordinary refusal.
pub(crate) async fn disable(
    gate: &Gate,
    approval: &Approval,
    connector: Option<&Connector>,
) -> Result<Option<Entry>, Failure> {
    let Some(connector) = connector.filter(|c| c.kind == Kind::Webhook) else { return Ok(None) };
    let (at, because) = (gate.clock.now(), "the endpoint answered 410 Gone");
    let disabled = gate.store.disable_connector(&approval.workspace, connector, because, at).await?;
    gate.memory.connectors.forget(&approval.workspace);
    let entry = || Entry { status_code: Some(GONE), ..Entry::of(What::ConnectorDisabled, at, because) };
    Ok(disabled.then(entry))
}

/// No connector took the approval: it waits in the console if the policy allows that, else it is denied.
pub(super) async fn nobody_reached(
    gate: &Gate,
    approval: &Approval,
    plan: &Plan,
    deliveries: &Deliveries,
) -> Result<(), Failure> {
    let Some(why) = reason(plan, deliveries) else { return Ok(()) };
    if plan.fallback_to_ui {
        return note_fallback(gate, approval, deliveries, &why).await;
    }
    let fail = || Command::FailDelivery { reason: why.clone() };
    match gate.change(&approval.workspace, &approval.id, |standing, now| apply(standing, fail(), now)).await {
        Ok(_) | Err(Failure::Refused(Refusal::InvalidState(_) | Refusal::Expired)) => Ok(()),
        Err(e) => Err(e),
    }
}

/// Why nobody could be reached; none where there is nobody to reach.
pub(super) fn reason(plan: &Plan, deliveries: &Deliveries) -> Option<String> {
    let failed = plan.targets.iter().chain(&plan.escalated).map(|target| {
        let said = deliveries.get(&target.id).and_then(|d| d.log.last()?.message.clone());
        format!("{}: {}", target.name, said.unwrap_or_else(|| "could not be reached".into()))
    });
    let missing = plan.missing.iter().map(|name| format!("{name}: there is no such connector, or it is disabled"));
    let all: Vec<String> = failed.chain(missing).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// The note is written once, on the delivery that failed last, or on one of its own if no connector has a delivery.
async fn note_fallback(gate: &Gate, approval: &Approval, deliveries: &Deliveries, why: &str) -> Result<(), Failure> {
    if deliveries.values().any(|d| d.log.iter().any(|entry| entry.event == What::FallbackToUi)) {
        return Ok(());
    }
    let entry = Entry::of(What::FallbackToUi, gate.clock.now(), why);
    let of = |connector| DeliveryOf { workspace: &approval.workspace, id: &approval.id, connector };
    match deliveries.values().max_by_key(|d| d.log.last().map(|entry| entry.at)) {
        Some(last) => gate.store.note_attempt(of(&last.connector), last, &entry).await?,
        None => {
            let purge_at = Some(approval.expires_at + approval.retention());
            let note = Delivery { connector: CONSOLE.into(), log: vec![entry], purge_at, ..Delivery::default() };
            gate.store.put_new_delivery(of(CONSOLE), &note).await?;
        }
    }
    Ok(())
}
