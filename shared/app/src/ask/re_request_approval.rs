//! Re-requests a refused request: the same action and parameters, under the policy now in force. The child's id derives from its parent's,
//! so two re-requests at the same time make one child. The parent stores its child's id, which the holders of the parent's token learn.

use crate::ask::admit_request::{Incoming, Put, fields_of, id_of, id_of_key};
use crate::decide::change_approval::Changed;
use crate::decide::decide_approval::may_do;
use crate::gate::sealing::retired;
use crate::{Actor, Caller, Deciding, Failure, Gate, Keyed, noted};
use domain::approval::Lineage;
use domain::approval::request::{Ask, Asks};
use domain::approval::requester::Requester;
use domain::approval::shapes::REREQUEST_INPUT;
use domain::policy::{Effect, Rule, Ruling};
use domain::token::WaitToken;
use domain::view::{ReRequestAnswer, re_request_answer};
use domain::{Approval, ApprovalId, Command, Faults, Policy, Principal, Refusal, Role, Traceparent, Workspace, apply};
use jiff::SignedDuration;
use serde_json::Value;
use std::sync::Arc;
use store::rates::{Bucket, Rate};

/// A re-request as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct AskingAgain {
    /// The refused request.
    pub original: ApprovalId,
    /// Who asks again, as the agent claims.
    pub actor: Principal,
    /// The header `traceparent`.
    pub traceparent: Option<Traceparent>,
}

/// The key that makes it once, and the body it came with.
#[derive(Clone, Copy, Debug)]
pub struct Once<'a> {
    /// `Idempotency-Key`.
    pub key: &'a str,
    /// The body to the byte.
    pub body: &'a [u8],
}

/// Who asks again, and on whose behalf: none of them approves what is asked.
#[derive(Clone, Copy)]
struct AsksAgain<'a> {
    /// As they were authenticated.
    by: &'a Principal,
    /// As the agent claims.
    claimed: Option<&'a Principal>,
    owner: Option<&'a Principal>,
    traceparent: Option<&'a Traceparent>,
}

impl AsksAgain<'_> {
    fn supersede(&self, child: ApprovalId, allowed: bool, cooldown_sec: u64) -> Command<'static> {
        Command::Supersede { by: self.by.clone(), claimed: self.claimed.cloned(), child, allowed, cooldown_sec }
    }
}

/// The answer, and how much of the rate is left; none for a replay, which is free.
#[derive(Debug)]
pub struct AskedAgain {
    /// To be repeated to the byte.
    pub answer: ReRequestAnswer,
    /// The rate, and the tokens left of it.
    pub rate: Option<(Rate, u64)>,
}

impl AskingAgain {
    /// Reads `{originalRequestId, actor: {id, source}}`.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(body: &Value) -> Result<Self, Failure> {
        let faults = Faults::default();
        let given = REREQUEST_INPUT.read(body, &faults);
        let original = given.text("originalRequestId").and_then(|text| ApprovalId::parse(&text));
        let actor = Requester::read(given.field("actor"), "actor", &faults).principal();
        let (original, actor) = faults.or((original, actor))?;
        let read = original.zip(actor).map(|(original, actor)| Self { original, actor, traceparent: None });
        read.ok_or_else(|| Failure::invalid("", "the body is not a re-request"))
    }
}

/// Asks again as the agent that asked first.
///
/// # Errors
/// `NotFound` where there is no such request of this agent; `Refused` by state, policy or cooldown, `TooMany` by rate;
/// `IdempotencyMismatch`.
pub async fn re_request_approval(
    gate: &Keyed,
    caller: &Caller,
    again: &AskingAgain,
    once: Option<Once<'_>>,
) -> Result<AskedAgain, Failure> {
    let subject = caller.must_be(&[Role::Agent])?;
    let found = gate.store.get_approval(&caller.workspace, &again.original).await?;
    let parent = found.filter(|parent| parent.asked_by == *subject);
    let parent = parent.ok_or(Failure::NotFound("there is no such request of this agent"))?;
    if let Some(first) = gate.store.get_approval(&caller.workspace, &child_of(&parent.id)).await? {
        must_be_once(gate, &caller.workspace, subject, once).await?;
        return Ok(replay(gate, first).await?.asked);
    }
    let parent = must_be_over(gate, parent).await?;
    let asks = AsksAgain {
        by: subject,
        claimed: Some(&again.actor).filter(|actor| *actor != subject),
        owner: caller.owner.as_ref(),
        traceparent: again.traceparent.as_ref(),
    };
    let policy = must_be_asked_again(gate, &parent, asks).await?;
    must_be_once(gate, &caller.workspace, subject, once).await?;
    // On the heap: it asks anew, with all that asking takes.
    Ok(Box::pin(put_child(gate, &parent, asks, &policy)).await?.asked)
}

/// Re-requests for a person whom the refused request was for, or who could have decided on it. If the person uses a key with an owner, that
/// owner may not decide either.
///
/// # Errors
/// `NotFound`; `Refused` by authority, state, policy or cooldown, `TooMany` by rate.
pub async fn re_request_in_person(
    gate: &Deciding,
    workspace: &Workspace,
    original: &ApprovalId,
    person: impl Into<Actor<'_>>,
    owner: Option<&Principal>,
) -> Result<AskedAgain, Failure> {
    let person = person.into();
    let parent = gate.must_get(workspace, original).await?;
    let may = may_do(gate, &parent, person).await?;
    if !may.asks && !may.approver && may.personas.is_empty() {
        return Err(Refusal::NotAuthorized("the policy does not let you ask for this again".into()).into());
    }
    if let Some(first) = gate.store.get_approval(workspace, &child_of(original)).await? {
        return Ok(hinted(gate, replay(gate, first).await?).await);
    }
    let parent = must_be_over(gate, parent).await?;
    let asks = AsksAgain { by: person.who, claimed: None, owner, traceparent: None };
    let policy = must_be_asked_again(gate, &parent, asks).await?;
    // On the heap: it asks anew, with all that asking takes.
    let child = Box::pin(put_child(gate, &parent, asks, &policy)).await?;
    Ok(hinted(gate, child).await)
}

/// Stores the child's id in the parent of a re-request. A parent that has the id, or is gone, stays as it is. The result is for the hint to
/// the parent's waiters.
pub(crate) async fn link_parent(gate: &Gate, child: &Approval) -> Result<Option<Changed>, Failure> {
    let Some(lineage) = &child.lineage else { return Ok(None) };
    let asks = AsksAgain { by: &lineage.by, claimed: lineage.claimed.as_ref(), owner: None, traceparent: None };
    let link = || asks.supersede(child.id.clone(), true, 0);
    match gate.change(&child.workspace, &lineage.parent, |parent, now| apply(parent, link(), now)).await {
        Ok(changed) => Ok(Some(changed)),
        Err(Failure::NotFound(_)) => Ok(None),
        // Approved at the last moment, by a decision that was on its way: the child stands for itself.
        Err(Failure::Refused(refusal)) => {
            tracing::warn!(child = %child.id, %refusal, "a parent does not take its child's id");
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// A parent whose time is over is expired before anything comes after it: from then on no decision can be written.
async fn must_be_over(gate: &Gate, parent: Approval) -> Result<Approval, Failure> {
    Ok(gate.see(&parent).await?.approval.into_owned())
}

/// INVARIANT 13: A re-request's id derives from its parent's.
fn child_of(parent: &ApprovalId) -> ApprovalId {
    id_of(&format!("re-request\n{parent}"))
}

/// Whether state, policy and cooldown let it be asked again, by the policy in force.
async fn must_be_asked_again(gate: &Keyed, parent: &Approval, asks: AsksAgain<'_>) -> Result<Arc<Policy>, Failure> {
    let policy = gate.policy_in_force(&parent.workspace).await?;
    let policy = policy.ok_or_else(|| Refusal::PolicyNotFound("this workspace has no policy yet".into()))?;
    let ruling = ruling_again(gate, parent, &policy)?;
    let rule = match ruling {
        Ok(ruling) => {
            fields_of(&ruling, &policy).map(|fields| Ok((fields.allow_re_request, fields.re_request_cooldown_sec)))?
        }
        Err(refusal) => Err(refusal),
    };
    let (allowed, cooldown_sec) = rule.clone().unwrap_or_default();
    let applied = apply(parent, asks.supersede(child_of(&parent.id), allowed, cooldown_sec), gate.clock.now());
    // First the parent's state counts (still open, or approved), then the policy on the action, then the policy on re-requests.
    match (applied, rule) {
        (Err(Refusal::PolicyDenied(_)), Err(refusal)) => Err(refusal.into()),
        (Err(refusal), _) => Err(refusal.into()),
        (Ok(_), _) => Ok(policy),
    }
}

/// What the policy in force says of the same request now. A re-request asks people: what the policy lets through is not asked again.
fn ruling_again(gate: &Keyed, parent: &Approval, policy: &Policy) -> Result<Result<Ruling, Refusal>, Failure> {
    let ask = Ask::again(parent, gate.original_params(parent)?);
    let asks = Asks { agent: &parent.asked_by, workspace: &parent.workspace, at: gate.clock.now() };
    let ruling = policy.judge(&ask.facts(asks, policy)).and_then(|ruling| ruling.not_denied().cloned());
    Ok(match ruling {
        Ok(ruling) if ruling.effect == Effect::Allow => {
            let why = "the policy asks nobody about this request now; send a new request instead of asking again";
            Err(Refusal::PolicyDenied(why.into()))
        }
        other => other,
    })
}

/// An `Idempotency-Key` stands for one body.
async fn must_be_once(
    gate: &Keyed,
    workspace: &Workspace,
    subject: &Principal,
    once: Option<Once<'_>>,
) -> Result<(), Failure> {
    let Some(Once { key, body }) = once else { return Ok(()) };
    let mark = |number| Ok::<_, Failure>(format!("{number}.{}", gate.fingerprint(number, body)?));
    let ours = mark(gate.root.current())?;
    let id = id_of_key(workspace, subject, key);
    let first = gate.store.note_idempotency_key(workspace, &id, &ours, gate.clock.now()).await?;
    let number = first.split_once('.').and_then(|(number, _)| number.parse().ok()).unwrap_or_default();
    if first == ours || mark(number).is_ok_and(|again| again == first) {
        return Ok(());
    }
    Err(Failure::IdempotencyMismatch)
}

/// A stored child, and its parent with the child's id.
struct Child {
    asked: AskedAgain,
    parent: Option<Changed>,
}

/// The answer, after a hint to the parent's waiters.
async fn hinted(gate: &Deciding, Child { asked, parent }: Child) -> AskedAgain {
    if let Some(parent) = parent {
        gate.hinted(parent).await;
    }
    asked
}

async fn put_child(
    gate: &Keyed,
    parent: &Approval,
    AsksAgain { by, claimed, owner, traceparent }: AsksAgain<'_>,
    policy: &Policy,
) -> Result<Child, Failure> {
    let root = parent.lineage.as_ref().map_or(&parent.id, |lineage| &lineage.root);
    let incoming = Incoming {
        id: child_of(&parent.id),
        workspace: &parent.workspace,
        asked_by: &parent.asked_by,
        owner: parent.owner.as_ref(),
        ask: Ask { traceparent: traceparent.cloned(), ..Ask::again(parent, gate.original_params(parent)?) },
        fingerprint: String::new(),
        lineage: Some(Lineage {
            root: root.clone(),
            parent: parent.id.clone(),
            by: by.clone(),
            claimed: claimed.cloned(),
            owner: owner.filter(|owner| parent.owner.as_ref() != Some(*owner)).cloned(),
        }),
        at: gate.clock.now(),
    };
    let ruling = incoming.judge(policy)?;
    if ruling.effect == Effect::Allow {
        return Err(Failure::Conflict("the policy changed; try again"));
    }
    let fields = fields_of(&ruling, policy)?;
    let mut child = gate.admit(incoming, policy, ruling).await?;
    child.refused_before = gate.refused_before(&child, &gate.original_params(&child)?, fields).await?;
    must_have_rested(gate, &child, fields)?;
    let (workspace, id) = (child.workspace.clone(), child.id.clone());
    let rate = Rate { name: "re-requests", burst: policy.limits.re_requests_per_hour, window_sec: 3_600 };
    let bucket = Bucket::ReRequests(&parent.workspace, root);
    match gate.put_admitted(child, fields, (bucket, rate)).await? {
        Put::New(child, left) => {
            let parent = link_parent(gate, &child).await?;
            Ok(Child { asked: answer(gate, &child, Some((rate, left)))?, parent })
        }
        Put::Twin(first) => replay(gate, *first).await,
        Put::TooMany(why) => replay(gate, gate.find_twin(&workspace, &id).await?.ok_or(why)?).await,
    }
}

/// The parent's cooldown has passed. If the same request was also asked for on its own and refused, its cooldown must have passed too.
fn must_have_rested(gate: &Gate, child: &Approval, rule: &Rule) -> Result<(), Failure> {
    let Some(refused) = &child.refused_before else { return Ok(()) };
    let free = refused.at + SignedDuration::from_secs(rule.re_request_cooldown_sec as i64);
    let left = free.duration_since(gate.clock.now());
    if left.is_positive() {
        let retry_after_sec = (left.as_millis() as u64).div_ceil(1_000);
        return Err(Refusal::RateLimited { retry_after_sec }.into());
    }
    Ok(())
}

async fn replay(gate: &Keyed, first: Approval) -> Result<Child, Failure> {
    noted::approval(&first);
    // The process that stored the child may have died before it updated the parent.
    let parent = link_parent(gate, &first).await?;
    Ok(Child { asked: answer(gate, &first, None)?, parent })
}

fn answer(gate: &Keyed, child: &Approval, rate: Option<(Rate, u64)>) -> Result<AskedAgain, Failure> {
    let token = WaitToken::issue(&gate.root, child.token_number, &child.id).ok_or_else(retired)?;
    Ok(AskedAgain { answer: re_request_answer(child, token.text()), rate })
}
