//! A person acknowledges in the name of personas.

use crate::decide::change_approval::DecisionTry;
use crate::{Actor, Deciding, Failure};
use domain::apply::command::Decision;
use domain::digest::Digest;
use domain::{Applied, ApprovalId, Command, Workspace, apply};

/// Acknowledges as an authenticated person.
///
/// # Errors
/// `NotFound`, or why the domain refuses.
pub async fn acknowledge_persona(
    gate: &Deciding,
    workspace: &Workspace,
    id: &ApprovalId,
    by: impl Into<Actor<'_>>,
    personas: &[String],
    seen: &Digest,
) -> Result<Applied, Failure> {
    let by = by.into();
    let command = |DecisionTry { approval, law, now, .. }: DecisionTry<'_>| {
        let decision = Decision { by: by.who.clone(), seen: Some(seen.clone()), comment: None, law };
        Ok(apply(approval, Command::Acknowledge { decision, personas: personas.to_vec() }, now)?)
    };
    gate.decide(workspace, id, by, true, command).await
}
