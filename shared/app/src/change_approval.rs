//! Changes an approval: read, apply, write at the version read. A loser is handed what stands there now and tries again on that,
//! or reports the truth.

use crate::{Failure, Gate};
use domain::{Applied, Approval, ApprovalId, Law, Principal, Refusal, Timestamp, Workspace};
use store::Write;

/// Tries before giving up: with a quorum, as many may be writing at once as there are approvers.
const MOST_TRIES: usize = 50;

/// What came of a write.
enum Written {
    Done(Applied),
    /// Somebody was faster: what stands there now.
    Lost(Approval),
}

impl Gate {
    pub(crate) async fn must_get(&self, workspace: &Workspace, id: &ApprovalId) -> Result<Approval, Failure> {
        self.store.get_approval(workspace, id).await?.ok_or(Failure::NotFound("there is no such approval"))
    }

    /// Applies a person's command to what the approval is when it is written, under the law read for that very try, and only
    /// while the deadline has not come, by the condition of the write itself.
    pub(crate) async fn decide<F>(&self, first: Approval, actor: &Principal, mut command: F) -> Result<Applied, Failure>
    where
        F: FnMut(&Approval, Law<'_>, Timestamp) -> Result<Applied, Failure>,
    {
        let mut standing = first;
        for _ in 0..MOST_TRIES {
            let laws = self.laws(&standing, Some(actor)).await?;
            let now = self.clock.now();
            let applied = command(&standing, laws.law(), now)?;
            let before = standing.status.is_open().then_some(now);
            match self.write(standing, applied, before).await? {
                Written::Done(applied) => return Ok(applied),
                Written::Lost(newer) => standing = newer,
            }
        }
        Err(Failure::Conflict("too many people are deciding at once; try again"))
    }

    /// Applies a command that needs nobody's authority.
    pub(crate) async fn change<F>(&self, first: Approval, mut command: F) -> Result<Applied, Failure>
    where
        F: FnMut(&Approval, Timestamp) -> Result<Applied, Refusal>,
    {
        let mut standing = first;
        for _ in 0..MOST_TRIES {
            let applied = command(&standing, self.clock.now())?;
            match self.write(standing, applied, None).await? {
                Written::Done(applied) => return Ok(applied),
                Written::Lost(newer) => standing = newer,
            }
        }
        Err(Failure::Conflict("too many changes at once; try again"))
    }

    async fn write(
        &self,
        standing: Approval,
        applied: Applied,
        before_deadline: Option<Timestamp>,
    ) -> Result<Written, Failure> {
        if applied.approval == standing {
            return Ok(Written::Done(applied));
        }
        match self.store.replace_approval(standing.version, &applied.approval, before_deadline).await? {
            Write::Done => Ok(Written::Done(applied)),
            Write::Lost(Some(newer)) => Ok(Written::Lost(newer)),
            Write::Lost(None) => Err(Failure::NotFound("there is no such approval")),
        }
    }
}
