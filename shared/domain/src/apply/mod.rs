//! The state machine: `apply(approval, command, now) → (approval, events) | refusal`. Pure; one arm a command.

pub mod authority;
mod change;
pub mod command;
mod decide;
pub mod edit;
mod end;
mod follow;
mod personas;
pub mod rulings;

use crate::approval::history::Event;
use crate::{Approval, Command, Refusal};
use change::Change;
use jiff::Timestamp;

/// What came of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The approval from here on.
    pub approval: Approval,
    /// What happened, in order; none where the command repeats what already is.
    pub events: Vec<Event>,
}

/// Applies a command.
///
/// INVARIANT 1: The state machine is one pure function; nothing else changes an approval.
///
/// # Errors
/// A refusal changes nothing.
pub fn apply(approval: &Approval, command: Command<'_>, now: Timestamp) -> Result<Applied, Refusal> {
    let mut change = Change { next: approval.clone(), now, events: Vec::new() };
    match command {
        Command::Acknowledge { decision, personas } => decide::acknowledge(&mut change, &decision, &personas)?,
        Command::Approve { decision, edit } => decide::approve(&mut change, &decision, edit)?,
        Command::Deny { decision } => decide::deny(&mut change, &decision)?,
        Command::Adopt { law } => personas::adopt(&mut change, &law)?,
        Command::Cancel { by, reason } => end::cancel(&mut change, by, reason)?,
        Command::Expire => end::expire(&mut change)?,
        Command::FailDelivery { reason } => end::fail_delivery(&mut change, reason)?,
        Command::Escalate { required, note } => follow::escalate(&mut change, required, note)?,
        Command::Supersede { by, claimed, child, allowed, cooldown_sec } => {
            follow::supersede(&mut change, (by, claimed), child, allowed, cooldown_sec)?
        }
        Command::ReportExecution { by, outcome, fingerprint } => {
            follow::report_execution(&mut change, by, outcome, fingerprint)?
        }
    }
    Ok(Applied { approval: change.next, events: change.events })
}
