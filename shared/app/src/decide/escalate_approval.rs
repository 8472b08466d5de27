//! Escalates an approval whose deadline is near: raises the quorum and asks more people. An approval escalates once.

use crate::{Failure, Gate};
use domain::policy::Escalation;
use domain::{Approval, ApprovalId, Command, Refusal, Timestamp, Workspace, apply};
use jiff::SignedDuration;

/// Escalates an approval as the policy says that the request was made under. An approval that was decided or has escalated stays as it is.
/// Returns whether the approval exists: it may not be written yet, or be gone.
///
/// # Errors
/// `Internal` before the time of the escalation: a caller whose clock is ahead must try again.
pub async fn escalate_approval(gate: &Gate, workspace: &Workspace, id: &ApprovalId) -> Result<bool, Failure> {
    let Some(first) = gate.store.get_approval(workspace, id).await? else { return Ok(false) };
    let Some(escalation) = gate.escalation_of(&first).await? else { return Ok(true) };
    if first.escalated || !first.status.is_open() {
        return Ok(true);
    }
    if gate.clock.now() < escalates_at(&escalation, first.created_at, first.expires_at) {
        return Err(Failure::Internal(format!("the time to escalate {id} has not come")));
    }
    let (required, note) = (escalation.min_approvals, words(&escalation, &first));
    let escalate = || Command::Escalate { required, note: note.clone() };
    match gate.change(workspace, id, |approval, now| apply(approval, escalate(), now)).await {
        // A decision or the expiry was faster.
        Ok(_) | Err(Failure::Refused(Refusal::InvalidState(_) | Refusal::Expired)) => Ok(true),
        Err(e) => Err(e),
    }
}

/// When an approval escalates: the policy's time before the deadline, or immediately if the approval is not open for so long.
pub(crate) fn escalates_at(escalation: &Escalation, asked: Timestamp, deadline: Timestamp) -> Timestamp {
    deadline.saturating_sub(SignedDuration::from_secs(escalation.before_sec as i64)).unwrap_or(asked).max(asked)
}

impl Gate {
    /// The escalation in the policy that the request was made under.
    pub async fn escalation_of(&self, approval: &Approval) -> Result<Option<Escalation>, Failure> {
        let policy = self.policy_of_hash(&approval.workspace, &approval.policy).await?;
        let fields = policy.fields_for(&approval.action, approval.rule.as_ref());
        Ok(fields.and_then(|fields| fields.escalation.clone()))
    }
}

fn words(escalation: &Escalation, approval: &Approval) -> Option<String> {
    let raised = escalation.min_approvals.filter(|raised| *raised > approval.required);
    let raised = raised.map(|raised| format!("{raised} must approve"));
    let channel = escalation.channel.as_ref().map(|channel| format!("also told in {channel}"));
    let all: Vec<String> = raised.into_iter().chain(channel).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
