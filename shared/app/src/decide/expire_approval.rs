//! Writes the expiry of an approval that is still open after its deadline. An approval expires once.

use crate::{Failure, Gate};
use domain::{ApprovalId, Command, Refusal, Workspace, apply};

/// Expires an approval. An approval that was decided in time stays as it is. Returns whether the approval exists: it may not be written
/// yet, or be gone.
///
/// # Errors
/// `Internal` before the deadline: a caller whose clock is ahead must try again.
pub async fn expire_approval(gate: &Gate, workspace: &Workspace, id: &ApprovalId) -> Result<bool, Failure> {
    let Some(first) = gate.store.get_approval(workspace, id).await? else { return Ok(false) };
    if !first.status.is_open() {
        return Ok(true);
    }
    if gate.clock.now() < first.expires_at {
        return Err(Failure::Internal(format!("the deadline of {id} has not come")));
    }
    match gate.change(workspace, id, |approval, now| apply(approval, Command::Expire, now)).await {
        // A decision in time was faster.
        Ok(_) | Err(Failure::Refused(Refusal::InvalidState(_))) => Ok(true),
        Err(e) => Err(e),
    }
}
