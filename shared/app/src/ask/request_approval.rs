//! An agent asks. In order: the policy, a token of the rate, the deadline's item, the approval itself; the conditional put of the
//! last is the idempotency.

use crate::ask::admit_request::{Incoming, Put, fields_of, id_of_key};
use crate::gate::sealing::retired;
use crate::{Caller, Failure, Keyed, noted};
use domain::approval::request::Ask;
use domain::policy::{Effect, Ruling};
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
    let fingerprint = gate.fingerprint(gate.root.current(), asking.body)?;
    let (asked_by, owner, at) = (subject, caller.owner.as_ref(), gate.clock.now());
    let incoming = Incoming { id, workspace, asked_by, owner, ask: asking.ask, fingerprint, lineage: None, at };
    let (policy, ruling) = policy_for(gate, &incoming).await?;
    let fields = fields_of(&ruling, &policy)?;
    let rate = rate_of(&policy, workspace, ruling.effect);
    let approval = gate.admit(incoming, &policy, ruling).await?;
    let id = approval.id.clone();
    let (_, counted) = rate;
    match gate.put_admitted(approval, fields, rate).await? {
        Put::New(approval, left) => answer(gate, *approval, Some((counted, left))),
        Put::Twin(first) => replay(gate, *first, asking.body),
        Put::TooMany(why) if asking.idempotency_key.is_none() => Err(why),
        Put::TooMany(why) => replay(gate, gate.find_twin(workspace, &id).await?.ok_or(why)?, asking.body),
    }
}

/// What the policy lets through has a rate of its own.
fn rate_of<'a>(policy: &Policy, workspace: &'a Workspace, effect: Effect) -> (Bucket<'a>, Rate) {
    let limits = &policy.limits;
    let rate = |name, burst| Rate { name, burst, window_sec: 60 };
    match effect {
        Effect::Allow => (Bucket::Allowed(workspace), rate("allowed", limits.allowed_per_minute)),
        _ => (Bucket::Creates(workspace), rate("creates", limits.creates_per_minute)),
    }
}

/// The policy for a request, and what it says of the request: a policy that may be stale if that one asks people, else the one in force
/// now. A stale policy refuses nobody, and lets nothing through.
async fn policy_for(gate: &Keyed, incoming: &Incoming<'_>) -> Result<(Arc<Policy>, Ruling), Failure> {
    let judge = |policy: Arc<Policy>| {
        let ruling = incoming.judge(&policy)?;
        gate.check_callback(&policy, &incoming.ask)?;
        Ok::<_, Failure>((policy, ruling))
    };
    let recent = gate.recent_policy(incoming.workspace).await?;
    match recent.map(judge) {
        Some(Ok((policy, ruling))) if ruling.effect == Effect::Ask => Ok((policy, ruling)),
        _ => {
            let policy = gate.policy_in_force(incoming.workspace).await?;
            judge(policy.ok_or_else(|| Refusal::PolicyNotFound("this workspace has no policy yet".into()))?)
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
    let params = if approval.is_let_through() { Some(gate.original_params(&approval)?) } else { None };
    let answer = create_answer(&approval, token.text(), nonce, (gate.links(), params));
    Ok(Asked { answer, approval, rate })
}
