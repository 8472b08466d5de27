//! An agent asks. In order: the policy, a token of the rate, the deadline's item, the approval itself; the conditional put of the
//! last is the idempotency.

use crate::gate::{must_fit, retired};
use crate::{Caller, Failure, Gate};
use domain::digest::Digest;
use domain::policy::{Found, Policy};
use domain::request::{Admission, Ask, request};
use domain::secret::Label;
use domain::token::WaitToken;
use domain::view::{CreateAnswer, create_answer};
use domain::{Approval, ApprovalId, Principal, Refusal};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use store::Write;
use store::api_keys::Role;
use store::due::{Due, DueKind};
use store::rates::{Rate, Taken};

/// A request as it came: what it asks, the body it was read from, and the key that makes it once.
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
/// `Forbidden` for a caller who is no agent, `Refused` by policy or rate, `IdempotencyMismatch`.
pub async fn request_approval(gate: &Gate, caller: &Caller, asking: Asking<'_>) -> Result<Asked, Failure> {
    let subject = caller.must_be(&[Role::Agent])?;
    let id = id_of(gate, caller, subject, asking.idempotency_key)?;
    let fingerprint = fingerprint(gate, gate.root()?.current(), asking.body)?;
    if asking.idempotency_key.is_some()
        && let Some(first) = gate.store.get_approval(&caller.workspace, &id).await?
    {
        return replay(gate, first, asking.body);
    }
    let policy = gate.recent_policy(&caller.workspace).await?;
    let policy = policy.ok_or_else(|| Refusal::PolicyNotFound("this workspace has no policy yet".into()))?;
    let found = policy.find(&asking.ask.action)?;
    check_callback(&policy, &asking.ask)?;
    let approval = admit(gate, caller, subject, id, fingerprint, asking.ask.clone(), &policy, found)?;
    must_fit(&approval)?;
    let rate = Rate::per_minute(policy.limits.creates_per_minute);
    let left = match gate.store.take_create_token(&caller.workspace, rate, gate.clock.now()).await? {
        Taken::Yes { left } => left,
        Taken::No { wait_ms } => return wait_for_twin(gate, caller, &approval.id, &asking, wait_ms).await,
    };
    let due = Due {
        kind: DueKind::Deadline,
        workspace: caller.workspace.clone(),
        id: approval.id.clone(),
        at: approval.expires_at,
    };
    gate.store.put_due(&due).await?;
    match gate.store.put_new_approval(&approval).await? {
        Write::Done => answer(gate, approval, Some((rate, left))),
        Write::Lost(Some(first)) => {
            gate.store.return_create_token(&caller.workspace, rate, gate.clock.now()).await?;
            replay(gate, first, asking.body)
        }
        Write::Lost(None) => Err(Failure::Internal("an id of another workspace came up".into())),
    }
}

/// With a key, the id is made of workspace, subject and key; else it is random.
fn id_of(gate: &Gate, caller: &Caller, subject: &Principal, key: Option<&str>) -> Result<ApprovalId, Failure> {
    let Some(key) = key else { return Ok(ApprovalId::from_bits(gate.random()?)) };
    let name = format!("{}\n{subject}\n{key}", caller.workspace);
    let hash: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    let (half, _) = hash.split_at(16);
    Ok(ApprovalId::from_bits(half.try_into().unwrap_or_default()))
}

/// Keyed, since a body can hold what the policy redacts.
fn fingerprint(gate: &Gate, number: u32, body: &[u8]) -> Result<String, Failure> {
    let mac = gate.root()?.mac(Label::Fingerprint, number, body).ok_or_else(retired)?;
    let (half, _) = mac.split_at(16);
    Ok(data_encoding::BASE64URL_NOPAD.encode(half))
}

fn check_callback(policy: &Policy, ask: &Ask) -> Result<(), Failure> {
    let Some(address) = &ask.callback else { return Ok(()) };
    let url = url::Url::parse(address).map_err(|_| Failure::invalid("callback.url", "must be an https address"))?;
    let host = url.host_str().unwrap_or_default();
    match policy.routing.callback_hosts.iter().any(|h| h.eq_ignore_ascii_case(host)) {
        _ if url.scheme() != "https" => Err(Failure::invalid("callback.url", "must be an https address")),
        true => Ok(()),
        false => Err(Failure::Forbidden(format!("the policy's callbackHosts do not name {host:?}"))),
    }
}

#[expect(clippy::too_many_arguments, reason = "what admission gathers comes from six places and is used once")]
fn admit(
    gate: &Gate,
    caller: &Caller,
    subject: &Principal,
    id: ApprovalId,
    fingerprint: String,
    ask: Ask,
    policy: &Policy,
    found: Found<'_>,
) -> Result<Approval, Failure> {
    let number = gate.root()?.current();
    let token = WaitToken::issue(gate.root()?, number, &id).ok_or_else(retired)?;
    let (view, sealed) = gate.split(&id, &ask.params, &found.rule.redaction)?;
    let admission = Admission {
        workspace: caller.workspace.clone(),
        asked_by: subject.clone(),
        owner: caller.owner.clone(),
        policy,
        found,
        sealed,
        view,
        digest: Digest::of(&ask.action, &gate.nonce(number, &id)?, &ask.params),
        token_number: number,
        token_hash: token.hash(),
        fingerprint,
        agent_timeout_sec: None,
        lineage: None,
        id,
    };
    Ok(request(ask, admission, gate.clock.now()))
}

/// The rate is used up. A twin of this request, sent at the same time under the same key, may be the reason: its answer is this
/// one's answer too, and free.
async fn wait_for_twin(
    gate: &Gate,
    caller: &Caller,
    id: &ApprovalId,
    asking: &Asking<'_>,
    wait_ms: i64,
) -> Result<Asked, Failure> {
    let tries = if asking.idempotency_key.is_some() { 5 } else { 0 };
    for attempt in 0..tries {
        if let Some(first) = gate.store.get_approval(&caller.workspace, id).await? {
            return replay(gate, first, asking.body);
        }
        tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
    }
    let retry_after_sec = (wait_ms.max(1) as u64).div_ceil(1_000);
    Err(Refusal::RateLimited { retry_after_sec }.into())
}

fn replay(gate: &Gate, first: Approval, body: &[u8]) -> Result<Asked, Failure> {
    if fingerprint(gate, first.token_number, body)? != first.fingerprint {
        return Err(Failure::IdempotencyMismatch);
    }
    answer(gate, first, None)
}

fn answer(gate: &Gate, approval: Approval, rate: Option<(Rate, u64)>) -> Result<Asked, Failure> {
    let token = WaitToken::issue(gate.root()?, approval.token_number, &approval.id).ok_or_else(retired)?;
    let nonce = gate.nonce(approval.token_number, &approval.id)?;
    let answer = create_answer(&approval, token.text(), nonce, gate.links.clone());
    Ok(Asked { answer, approval, rate })
}
