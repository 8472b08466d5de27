//! Changes an approval: read, apply, write at the version read. A loser is handed what stands there now and tries again on that,
//! or reports the truth.
//!
//! The first reading may be a moment old: a change that is written proves it was not, since the write is conditional on the version.
//! Whatever else comes of it is tried again on a consistent reading before anybody is told. Whoever names no digest decides on what it
//! is when they come: their first reading is consistent.

use crate::notify::push_state::hint;
use crate::{Actor, Deciding, Failure, Gate, noted};
use domain::digest::Digest;
use domain::{Applied, Approval, ApprovalId, Command, Law, Refusal, Status, Timestamp, Workspace, apply};
use store::Write;
use store::approvals::waiters::Waiter;

/// Tries before giving up: with a quorum, as many may be writing at once as there are approvers.
const MOST_TRIES: usize = 50;

/// What a person's command is tried on.
pub(crate) struct Try<'a> {
    /// The approval.
    pub(crate) approval: &'a Approval,
    /// What it was when the decision came in: whoever names no digest decides on that.
    pub(crate) came_upon: &'a Digest,
    /// The policies, read for this very try.
    pub(crate) law: Law<'a>,
    /// The instant.
    pub(crate) now: Timestamp,
}

/// An approval as this process last read it.
struct LastRead {
    approval: Approval,
    waiters: Vec<Waiter>,
    came_upon: Digest,
    /// Read consistently, or handed over by a write that lost.
    sure: bool,
}

/// What came of a change, and whom it may be news to.
pub(crate) struct Changed {
    pub(crate) applied: Applied,
    /// Whoever was waiting before it was written; nobody where nothing was.
    waiters: Vec<Waiter>,
}

/// What came of a try.
enum Tried {
    Over(Changed),
    Again(LastRead),
}

/// What becomes of an approval that somebody entitled could not decide on as they meant, where the policy in force requires other
/// personas than it was asked with.
fn adopted(
    tried: &Result<Applied, Failure>,
    approval: &Approval,
    actor: Actor<'_>,
    law: Law<'_>,
    now: Timestamp,
) -> Option<Applied> {
    let Err(Failure::Refused(Refusal::InvalidState(_) | Refusal::NotAuthorized(_))) = tried else { return None };
    if !law.entitlement(approval, actor.who).may_deny() {
        return None;
    }
    apply(approval, Command::Adopt { law }, now).ok().filter(|adopted| adopted.approval != *approval)
}

impl Gate {
    pub(crate) async fn must_get(&self, workspace: &Workspace, id: &ApprovalId) -> Result<Approval, Failure> {
        let found = self.store.get_approval(workspace, id).await?;
        found.inspect(noted::approval).ok_or(Failure::NotFound("there is no such approval"))
    }

    /// Applies a command that needs nobody's authority.
    pub(crate) async fn change<F>(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        mut command: F,
    ) -> Result<Changed, Failure>
    where
        F: FnMut(&Approval, Timestamp) -> Result<Applied, Refusal>,
    {
        let mut reading = self.glance(workspace, id).await?;
        for _ in 0..MOST_TRIES {
            let now = self.clock.now();
            let applied = command(&reading.approval, now).map_err(Failure::from);
            match self.attempt(reading, applied, now).await? {
                Tried::Over(changed) => return Ok(changed),
                Tried::Again(newer) => reading = newer,
            }
        }
        Err(Failure::Conflict("too many changes at once; try again"))
    }

    async fn look(&self, workspace: &Workspace, id: &ApprovalId) -> Result<LastRead, Failure> {
        let found = self.store.get_approval_with_waiters(id).await?;
        let found = found.filter(|(approval, _)| approval.workspace == *workspace);
        let (approval, waiters) = found.ok_or(Failure::NotFound("there is no such approval"))?;
        noted::approval(&approval);
        Ok(LastRead { came_upon: approval.digest.clone(), approval, waiters, sure: true })
    }

    async fn glance(&self, workspace: &Workspace, id: &ApprovalId) -> Result<LastRead, Failure> {
        let (approval, waiters, sure) = match self.store.glance_at_approval(workspace, id).await? {
            Some((approval, waiters)) => {
                // An end is an end, however old the reading.
                let ended = !approval.status.is_open();
                (approval, waiters, ended)
            }
            None => (self.must_get(workspace, id).await?, Vec::new(), true),
        };
        noted::approval(&approval);
        Ok(LastRead { came_upon: approval.digest.clone(), approval, waiters, sure })
    }

    async fn attempt(
        &self,
        reading: LastRead,
        applied: Result<Applied, Failure>,
        now: Timestamp,
    ) -> Result<Tried, Failure> {
        match applied {
            Ok(applied) if applied.approval != reading.approval => self.write(reading, applied, now).await,
            // Nobody is told so before it is written: a decision on its way may be faster.
            Err(Failure::Refused(Refusal::Expired)) if reading.sure && reading.approval.status.is_open() => {
                let approval = self.see(&reading.approval).await?.approval.into_owned();
                Ok(Tried::Again(LastRead { approval, ..reading }))
            }
            told if reading.sure => Ok(Tried::Over(Changed { applied: told?, waiters: Vec::new() })),
            _ => {
                let approval = self.must_get(&reading.approval.workspace, &reading.approval.id).await?;
                let came_upon = approval.digest.clone();
                Ok(Tried::Again(LastRead { approval, came_upon, sure: true, ..reading }))
            }
        }
    }

    /// Whatever ends or moves an open approval is written only while the deadline has not come, by the condition of the write
    /// itself; the expiry is what comes after it. The deadline ends the attempts too: none is sent after it. Whether the last one
    /// arrived, the next reading says.
    async fn write(&self, reading: LastRead, applied: Applied, now: Timestamp) -> Result<Tried, Failure> {
        let open = reading.approval.status.is_open();
        let before_deadline = (open && applied.approval.status != Status::Expired).then_some(now);
        let replace = self.store.replace_approval(reading.approval.version, &applied.approval, before_deadline);
        let written = match before_deadline {
            None => replace.await?,
            Some(_) => tokio::select! {
                written = replace => written?,
                () = self.clock.passes(applied.approval.expires_at) => {
                    let approval = self.must_get(&reading.approval.workspace, &reading.approval.id).await?;
                    return Ok(Tried::Again(LastRead { approval, sure: true, ..reading }));
                }
            },
        };
        match written {
            Write::Done => {
                self.memory.changes.tell(&applied.approval.id);
                Ok(Tried::Over(Changed { applied, waiters: reading.waiters }))
            }
            Write::Lost(Some(approval)) => Ok(Tried::Again(LastRead { approval, sure: true, ..reading })),
            Write::Lost(None) => Err(Failure::NotFound("there is no such approval")),
        }
    }
}

impl Deciding {
    /// Applies a person's command to what the approval is when it is written, under the law read for that very try.
    pub(crate) async fn decide<F>(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        actor: Actor<'_>,
        names_digest: bool,
        mut command: F,
    ) -> Result<Applied, Failure>
    where
        F: FnMut(Try<'_>) -> Result<Applied, Failure>,
    {
        let mut reading =
            if names_digest { self.glance(workspace, id).await? } else { self.look(workspace, id).await? };
        let mut marked = false;
        for _ in 0..MOST_TRIES {
            let laws = self.laws(&reading.approval, Some(actor)).await?;
            let now = self.clock.now();
            let (approval, came_upon, law) = (&reading.approval, &reading.came_upon, laws.law());
            let applied = command(Try { approval, came_upon, law, now });
            if let Ok(applied) = &applied
                && refuses(approval, &applied.approval)
                && !std::mem::replace(&mut marked, true)
            {
                self.mark_refusal(&applied.approval, &laws.law()).await?;
            }
            // The refusal changes nothing, but whoever is missing now must be asked, and everybody shown.
            let (adopted, came_upon) = (adopted(&applied, approval, actor, law, now), came_upon.clone());
            let only_adopted = adopted.is_some();
            match self.attempt(reading, adopted.map_or(applied, Ok), now).await? {
                Tried::Over(changed) if only_adopted => {
                    let approval = self.hinted(changed).await.approval;
                    reading = LastRead { approval, waiters: Vec::new(), came_upon, sure: true };
                }
                Tried::Over(changed) => return Ok(self.hinted(changed).await),
                Tried::Again(newer) => reading = newer,
            }
        }
        Err(Failure::Conflict("too many people are deciding at once; try again"))
    }

    /// Applies a command that needs nobody's authority, and hints at what came of it.
    pub(crate) async fn change_and_hint(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        command: impl FnMut(&Approval, Timestamp) -> Result<Applied, Refusal>,
    ) -> Result<Applied, Failure> {
        Ok(self.hinted(self.change(workspace, id, command).await?).await)
    }

    /// What came of a change, once whoever waited for it was hinted.
    pub(crate) async fn hinted(&self, Changed { applied, waiters }: Changed) -> Applied {
        hint(self, &applied.approval, &waiters).await;
        applied
    }
}

/// Whether a change is a person's refusal.
fn refuses(before: &Approval, after: &Approval) -> bool {
    before.status.is_open() && after.refusal().is_some()
}
