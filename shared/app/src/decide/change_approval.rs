//! Changes an approval: read, apply, write under the condition that the version is still the one read. A writer that loses gets the
//! approval that won, and tries again on that.
//!
//! The first read may be stale. A change on a stale read is never written, because the write is conditional on the version. A refusal on a
//! stale read is tried again on a consistent read before the caller gets it. A decision without a digest is bound to the version that
//! existed when the decision arrived, so its first read is consistent.
//!
//! INVARIANT 14: A stale read is fine if the conditional write that follows fails on stale data. Nobody is refused before a consistent
//! read.

use crate::notify::push_state::hint;
use crate::{Actor, Deciding, Failure, Gate, noted};
use domain::digest::Digest;
use domain::{Applied, Approval, ApprovalId, Command, Law, Refusal, Status, Timestamp, Workspace, apply};
use store::Write;
use store::approvals::waiters::Waiter;

/// Tries before giving up: with a quorum, all approvers may be writing at the same time.
const MOST_TRIES: usize = 50;

/// What one try of a person's decision works with.
pub(crate) struct DecisionTry<'a> {
    pub(crate) approval: &'a Approval,
    /// The digest when the decision arrived. A decision that names no digest is bound to this one.
    pub(crate) digest_on_arrival: &'a Digest,
    /// The policies, read for this try.
    pub(crate) law: Law<'a>,
    pub(crate) now: Timestamp,
}

/// The approval that the next try works on.
struct LastRead {
    approval: Approval,
    waiters: Vec<Waiter>,
    digest_on_arrival: Digest,
    /// Whether the approval was read consistently, or came back from a write that lost.
    sure: bool,
}

/// The result of a change, and the waiters to notify.
pub(crate) struct Changed {
    pub(crate) applied: Applied,
    /// The waiters that were read before the write; empty if nothing was written.
    waiters: Vec<Waiter>,
}

/// The result of one try.
enum Tried {
    Over(Changed),
    Again(LastRead),
}

/// The approval with the personas of the policy in force, if a decision failed and these personas differ from those that the request was
/// made with. Only for an actor who may deny.
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
            match self.try_write(reading, applied, now).await? {
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
        Ok(LastRead { digest_on_arrival: approval.digest.clone(), approval, waiters, sure: true })
    }

    async fn glance(&self, workspace: &Workspace, id: &ApprovalId) -> Result<LastRead, Failure> {
        let (approval, waiters, sure) = match self.store.glance_at_approval(workspace, id).await? {
            Some((approval, waiters)) => {
                // An end is final, so a stale read of an end is as good as a consistent one.
                let ended = !approval.status.is_open();
                (approval, waiters, ended)
            }
            None => (self.must_get(workspace, id).await?, Vec::new(), true),
        };
        noted::approval(&approval);
        Ok(LastRead { digest_on_arrival: approval.digest.clone(), approval, waiters, sure })
    }

    /// Writes what the command changed. If nothing may be written on this reading, the next try gets a newer one.
    async fn try_write(
        &self,
        reading: LastRead,
        applied: Result<Applied, Failure>,
        now: Timestamp,
    ) -> Result<Tried, Failure> {
        match applied {
            Ok(applied) if applied.approval != reading.approval => self.write(reading, applied, now).await,
            // The expiry is written before the caller gets it, because a decision that is being written may still win.
            Err(Failure::Refused(Refusal::Expired)) if reading.sure && reading.approval.status.is_open() => {
                let approval = self.see(&reading.approval).await?.approval.into_owned();
                Ok(Tried::Again(LastRead { approval, ..reading }))
            }
            unwritten if reading.sure => Ok(Tried::Over(Changed { applied: unwritten?, waiters: Vec::new() })),
            _ => {
                let approval = self.must_get(&reading.approval.workspace, &reading.approval.id).await?;
                let digest_on_arrival = approval.digest.clone();
                Ok(Tried::Again(LastRead { approval, digest_on_arrival, sure: true, ..reading }))
            }
        }
    }

    /// The write's own condition says that the deadline of an open approval has not passed; after the deadline only the expiry is written.
    /// At the deadline the tries of the write stop as well. The next read shows whether the last try arrived.
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
    /// Applies a person's command to the version that is replaced. The first read `may_begin_stale` if the command does not depend on which
    /// version existed when the decision arrived.
    ///
    /// INVARIANT 4: Authority is checked for each try of a write, under the policy whose hash the approval carries and the policy in force,
    /// both read then.
    pub(crate) async fn decide<F>(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        actor: Actor<'_>,
        may_begin_stale: bool,
        mut command: F,
    ) -> Result<Applied, Failure>
    where
        F: FnMut(DecisionTry<'_>) -> Result<Applied, Failure>,
    {
        let mut reading =
            if may_begin_stale { self.glance(workspace, id).await? } else { self.look(workspace, id).await? };
        let mut marked = false;
        for _ in 0..MOST_TRIES {
            let laws = self.laws(&reading.approval, Some(actor)).await?;
            let now = self.clock.now();
            let (approval, digest_on_arrival, law) = (&reading.approval, &reading.digest_on_arrival, laws.law());
            let applied = command(DecisionTry { approval, digest_on_arrival, law, now });
            if let Ok(applied) = &applied
                && refuses(approval, &applied.approval)
                && !std::mem::replace(&mut marked, true)
            {
                self.mark_refusal(&applied.approval, &laws.law()).await?;
            }
            // The decision is refused, but the personas that are missing now must be asked, so the approval with these personas is written.
            let digest_on_arrival = digest_on_arrival.clone();
            let adopted = adopted(&applied, approval, actor, law, now);
            let only_adopted = adopted.is_some();
            match self.try_write(reading, adopted.map_or(applied, Ok), now).await? {
                Tried::Over(changed) if only_adopted => {
                    let approval = self.hinted(changed).await.approval;
                    reading = LastRead { approval, waiters: Vec::new(), digest_on_arrival, sure: true };
                }
                Tried::Over(changed) => return Ok(self.hinted(changed).await),
                Tried::Again(newer) => reading = newer,
            }
        }
        Err(Failure::Conflict("too many people are deciding at once; try again"))
    }

    /// Applies a command that needs nobody's authority, and sends the result to the waiters as a hint.
    pub(crate) async fn change_and_hint(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        command: impl FnMut(&Approval, Timestamp) -> Result<Applied, Refusal>,
    ) -> Result<Applied, Failure> {
        Ok(self.hinted(self.change(workspace, id, command).await?).await)
    }

    /// Sends a hint to the waiters of a change, and returns the change.
    pub(crate) async fn hinted(&self, Changed { applied, waiters }: Changed) -> Applied {
        hint(self, &applied.approval, &waiters).await;
        applied
    }
}

/// Whether a person denied the approval by this change.
fn refuses(before: &Approval, after: &Approval) -> bool {
    before.status.is_open() && after.refusal().is_some()
}
