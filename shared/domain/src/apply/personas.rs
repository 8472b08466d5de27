//! The personas that must acknowledge: those it was asked with, and those that the policy in force requires beside them.

use super::change::Change;
use crate::apply::authority::Law;
use crate::approval::Status;
use crate::approval::history::{Entry, Event};
use crate::{Approval, Refusal};

/// Requires what the policy in force requires beside what was asked with. What a policy that is no longer in force required goes.
///
/// # Errors
/// `Expired` or `InvalidState` where it has ended.
pub(super) fn adopt(change: &mut Change, law: &Law<'_>) -> Result<(), Refusal> {
    change.must_be_open()?;
    let required = law.personas(&change.next);
    if required == change.next.personas {
        return Ok(());
    }
    let before = std::mem::replace(&mut change.next.personas, required);
    let note = said(&change.next.personas, &before);
    change.next.personas_first.get_or_insert(before);
    let Approval { personas, acks, .. } = &mut change.next;
    acks.retain(|ack| personas.contains(&ack.persona));
    let ready = change.next.missing_personas().is_empty();
    change.next.status = if ready { Status::ReadyForApproval } else { Status::AwaitingPersonas };
    change.record(Entry::new(Event::PersonasChanged, change.now, None, Some(note)));
    Ok(())
}

fn said(now: &[String], before: &[String]) -> String {
    let beyond = |these: &[String], those: &[String]| {
        let new: Vec<&str> = these.iter().filter(|p| !those.contains(p)).map(String::as_str).collect();
        new.join(", ")
    };
    let parts = [("the policy now requires", beyond(now, before)), ("it no longer requires", beyond(before, now))];
    let said = parts.iter().filter(|(_, names)| !names.is_empty()).map(|(words, names)| format!("{words} {names}"));
    said.collect::<Vec<_>>().join("; ")
}

/// # Errors
/// `InvalidState` while a persona has not acknowledged, with what can still be done where nobody may.
pub(super) fn must_have_acknowledged(change: &Change, law: &Law<'_>) -> Result<(), Refusal> {
    let missing = change.next.missing_personas();
    let names = |all: &[&String]| all.iter().map(|p| p.as_str()).collect::<Vec<_>>().join(", ");
    if missing.is_empty() {
        return Ok(());
    }
    let first = format!("{} must acknowledge before anybody can approve", names(&missing));
    let unbound: Vec<&String> = missing.into_iter().filter(|p| law.speakers(&change.next, p).is_empty()).collect();
    Err(Refusal::InvalidState(match unbound.is_empty() {
        true => first,
        false => format!(
            "{first}, and the policy in force lets nobody acknowledge as {}: deny it, or let it expire and ask again",
            names(&unbound)
        ),
    }))
}
