//! Cancels a request: for the agent by its key, for an admin, or for the holder of the wait token.

use crate::gate::sealing::without_hidden;
use crate::notify::await_decision::wait_answer_of;
use crate::{Caller, Deciding, Failure, Keyed, noted};
use domain::view::WaitAnswer;
use domain::{Applied, Approval, ApprovalId, Command, Principal, Refusal, Role, Timestamp, apply};

/// Cancels as the agent that asked, or as an admin.
///
/// # Errors
/// `NotFound` if there is no such approval, or if it is another agent's; `Refused` if it has ended.
pub async fn cancel_approval(
    gate: &Deciding,
    caller: &Caller,
    id: &ApprovalId,
    reason: Option<String>,
) -> Result<Approval, Failure> {
    let subject = caller.must_be(&[Role::Agent, Role::Admin])?.clone();
    if !caller.is(&[Role::Admin]) {
        let found = gate.must_get(&caller.workspace, id).await?;
        (found.asked_by == subject).then_some(()).ok_or(Failure::NotFound("there is no such approval"))?;
    }
    let change = |approval: &Approval, now| cancel(gate, approval, &subject, reason.as_deref(), now);
    Ok(gate.change_and_hint(&caller.workspace, id, change).await?.approval)
}

/// Cancels as the holder of the wait token, and returns the wait answer from then on.
///
/// # Errors
/// `TokenNotFound`, or `Refused` if the approval has ended.
pub async fn cancel_by_token(gate: &Deciding, token: &str, reason: Option<String>) -> Result<WaitAnswer, Failure> {
    let token = gate.wait_token(token)?;
    let found = gate.store.get_approval_by_token(token.id(), &token.hash()).await?.ok_or(Failure::TokenNotFound)?;
    noted::approval(&found);
    let by = found.asked_by.clone();
    let change = |approval: &Approval, now| cancel(gate, approval, &by, reason.as_deref(), now);
    gate.change_and_hint(&found.workspace, &found.id, change).await?;
    // Read again, because a repeated cancellation may come after a re-request.
    wait_answer_of(gate, &gate.must_get(&found.workspace, &found.id).await?).await
}

/// Cancels with a reason in the agent's words, from which hidden values are removed. They are searched for only if the cancellation is
/// accepted, because the search costs time and an agent may cancel again and again.
fn cancel(
    gate: &Keyed,
    approval: &Approval,
    by: &Principal,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Applied, Refusal> {
    let cancelled = |reason| apply(approval, Command::Cancel { by: Some(by.clone()), reason }, now);
    let for_no_reason = cancelled(None)?;
    match reason {
        Some(reason) if for_no_reason.approval != *approval => {
            cancelled(Some(without_hidden(gate, approval, |scrub| scrub.text(reason))))
        }
        _ => Ok(for_no_reason),
    }
}
