//! An agent asks. In order: the policy, a token of the rate, the deadline's item, the approval itself; the conditional put of the
//! last is the idempotency.

use crate::ask::admit_request::{Incoming, Put, id_of_key};
use crate::gate::sealing::retired;
use crate::{Caller, Failure, Keyed, noted};
use domain::approval::request::Ask;
use domain::token::WaitToken;
use domain::view::{CreateAnswer, create_answer};
use domain::{Approval, ApprovalId, Policy, Refusal, Role, Workspace};
use std::sync::Arc;
use store::rates::{Bucket, Rate};

/// A request as it arrived: its content, its body, and its idempotency key.
#[derive(Debug)]
pub struct Asking<'a> {
    /// What it asks.
    pub ask: Ask,
    /// The body to the byte.
    pub body: &'a [u8],
    /// `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
}

/// The answer, and how much of the rate is left; none for a replay, which is free.
#[derive(Debug)]
pub struct Asked {
    /// To be repeated to the byte.
    pub answer: CreateAnswer,
    /// The approval as it stands.
    pub approval: Approval,
    /// The rate, and the tokens left of it.
    pub rate: Option<(Rate, u64)>,
}

/// Asks for an approval.
///
/// # Errors
/// `Forbidden` for a caller who is no agent, `Refused` by policy, `TooMany` by rate, `IdempotencyMismatch`.
pub async fn request_approval(gate: &Keyed, caller: &Caller, asking: Asking<'_>) -> Result<Asked, Failure> {
    let subject = caller.must_be(&[Role::Agent])?;
    let workspace = &caller.workspace;
    // With a key, the id is made of workspace, subject and key; else it is random.
    let id = match asking.idempotency_key {
        Some(key) => id_of_key(workspace, subject, key),
        None => ApprovalId::from_bits(gate.random()?),
    };
    if asking.idempotency_key.is_some()
        && let Some(first) = gate.store.get_approval(workspace, &id).await?
    {
        return replay(gate, first, asking.body);
    }
    let policy = policy_for(gate, workspace, &asking.ask).await?;
    let found = policy.find(&asking.ask.action)?;
    let fingerprint = gate.fingerprint(gate.root.current(), asking.body)?;
    let (asked_by, owner) = (subject, caller.owner.as_ref());
    let incoming = Incoming { id, workspace, asked_by, owner, ask: asking.ask, fingerprint, lineage: None };
    let approval = gate.admit(incoming, &policy, found).await?;
    let id = approval.id.clone();
    let rate = Rate { name: "creates", burst: policy.limits.creates_per_minute, window_sec: 60 };
    match gate.put_admitted(approval, found.rule, (Bucket::Creates(workspace), rate)).await? {
        Put::New(approval, left) => answer(gate, *approval, Some((rate, left))),
        Put::Twin(first) => replay(gate, *first, asking.body),
        Put::TooMany(why) if asking.idempotency_key.is_none() => Err(why),
        Put::TooMany(why) => replay(gate, gate.find_twin(workspace, &id).await?.ok_or(why)?, asking.body),
    }
}

/// The policy for a request: a stale one if that allows the request, else the one in force now. A stale policy refuses nobody.
async fn policy_for(gate: &Keyed, workspace: &Workspace, ask: &Ask) -> Result<Arc<Policy>, Failure> {
    let lets = |policy: &Arc<Policy>| policy.find(&ask.action).is_ok() && gate.check_callback(policy, ask).is_ok();
    match gate.recent_policy(workspace).await?.filter(lets) {
        Some(policy) => Ok(policy),
        None => {
            let policy = gate.policy_in_force(workspace).await?;
            Ok(policy.ok_or_else(|| Refusal::PolicyNotFound("this workspace has no policy yet".into()))?)
        }
    }
}

fn replay(gate: &Keyed, first: Approval, body: &[u8]) -> Result<Asked, Failure> {
    if gate.fingerprint(first.token_number, body)? != first.fingerprint {
        return Err(Failure::IdempotencyMismatch);
    }
    noted::approval(&first);
    answer(gate, first, None)
}

fn answer(gate: &Keyed, approval: Approval, rate: Option<(Rate, u64)>) -> Result<Asked, Failure> {
    let token = WaitToken::issue(&gate.root, approval.token_number, &approval.id).ok_or_else(retired)?;
    let nonce = gate.nonce(approval.token_number, &approval.id)?;
    let answer = create_answer(&approval, token.text(), nonce, gate.links());
    Ok(Asked { answer, approval, rate })
}
