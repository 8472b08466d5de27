//! What follows: escalation before the end, asking again and execution after it.

use super::change::Change;
use crate::approval::history::{Entry, Event};
use crate::approval::{Executes, Execution, ExecutionStatus, Status};
use crate::{ApprovalId, Principal, Refusal};
use jiff::SignedDuration;

pub(super) fn escalate(change: &mut Change, required: Option<u64>, note: Option<String>) -> Result<(), Refusal> {
    change.must_be_open()?;
    if change.next.escalated {
        return Ok(());
    }
    change.next.escalated = true;
    if let Some(raised) = required.filter(|r| *r > change.next.required) {
        change.raise_quorum(raised);
    }
    change.record(Entry::new(Event::Escalated, change.now, None, note));
    Ok(())
}

pub(super) fn supersede(
    change: &mut Change,
    (by, claimed): (Principal, Option<Principal>),
    child: ApprovalId,
    allowed: bool,
    cooldown_sec: u64,
) -> Result<(), Refusal> {
    if change.next.superseded_by.as_ref() == Some(&child) {
        return Ok(());
    }
    let status = change.next.status_at(change.now);
    if !matches!(status, Status::Denied | Status::Expired) {
        return Err(Refusal::InvalidState(format!(
            "only a denied or expired request can be asked again; this one is {}",
            status.word()
        )));
    }
    if !allowed {
        return Err(Refusal::PolicyDenied("the policy does not let this action be asked for again".into()));
    }
    must_have_rested(change, cooldown_sec)?;
    if change.next.status.is_open() {
        // Its time was over and nobody had written that down.
        super::end::expire(change)?;
    }
    change.next.superseded_by = Some(child.clone());
    let mut entry = Entry::new(Event::ReRequested, change.now, Some(&by), None);
    entry.claimed = claimed;
    entry.next = Some(child);
    change.record(entry);
    Ok(())
}

fn must_have_rested(change: &Change, cooldown_sec: u64) -> Result<(), Refusal> {
    let ended = change.next.decided_at_or_deadline(change.now).unwrap_or(change.now);
    let rested = change.now.duration_since(ended);
    let left = SignedDuration::from_secs(cooldown_sec as i64) - rested;
    if left.is_positive() {
        return Err(Refusal::RateLimited { retry_after_sec: (left.as_millis() as u64).div_ceil(1_000) });
    }
    Ok(())
}

pub(super) fn report_execution(
    change: &mut Change,
    by: Option<Principal>,
    outcome: Execution,
    fingerprint: Option<String>,
) -> Result<(), Refusal> {
    let status = change.next.status_at(change.now);
    if status != Status::Approved {
        return Err(Refusal::InvalidState(format!(
            "only an approved request is executed; this one is {}",
            status.word()
        )));
    }
    match (change.next.executes, &by) {
        (Executes::Agent, Some(by)) if *by == change.next.asked_by => {}
        (Executes::Gate, None) => {}
        _ => return Err(Refusal::NotAuthorized("only the party that executes the action may report on it".into())),
    }
    if is_standing(change, &outcome, fingerprint.as_deref()) {
        return Ok(());
    }
    if change.next.execution.as_ref().is_some_and(|e| e.status != ExecutionStatus::Pending) {
        return Err(Refusal::InvalidState("the outcome of the execution was already reported".into()));
    }
    let told = (outcome.status != ExecutionStatus::Pending)
        .then(|| Entry::new(Event::Executed, change.now, by.as_ref(), None));
    (change.next.execution, change.next.reported) = (Some(outcome), fingerprint);
    match told {
        Some(entry) => change.record(entry),
        // No event, but a change: the version is raised so that a writer that read the version before must read again.
        None => change.next.version += 1,
    }
    Ok(())
}

/// Whether a report is the one that stands: by what is kept of the report, or by its fingerprint where hidden values were taken out.
fn is_standing(change: &Change, outcome: &Execution, fingerprint: Option<&str>) -> bool {
    let known = fingerprint.is_some() && fingerprint == change.next.reported.as_deref();
    known || change.next.execution.as_ref() == Some(outcome)
}
