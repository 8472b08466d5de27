//! A person decides: approves, edits and approves, or denies.

use crate::decide::change_approval::DecisionTry;
use crate::gate::sealing::must_fit;
use crate::{Actor, Deciding, Failure, Keyed};
use domain::apply::authority::{self, Law};
use domain::apply::command::{Decision, Edit};
use domain::apply::edit::edit as apply_edit;
use domain::apply::rulings::Rulings;
use domain::approval::title::retitled;
use domain::digest::Digest;
use domain::{Applied, Approval, ApprovalId, Command, Principal, Refusal, Workspace, apply};
use serde_json::{Map, Value};

/// What a person decided, and on what.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Approve, or deny.
    pub approve: bool,
    /// In their words.
    pub comment: Option<String>,
    /// The digest of what the person saw, if the interface carries one.
    pub seen: Option<Digest>,
    /// A JSON Merge Patch over the parameters; only with an approval.
    pub patch: Option<Map<String, Value>>,
}

/// Decides on an approval as an authenticated person.
///
/// # Errors
/// `NotFound`, or why the domain refuses.
pub async fn decide_approval(
    gate: &Deciding,
    workspace: &Workspace,
    id: &ApprovalId,
    by: impl Into<Actor<'_>>,
    verdict: &Verdict,
) -> Result<Applied, Failure> {
    let by = by.into();
    let command = |DecisionTry { approval, digest_on_arrival, law, now }: DecisionTry<'_>| {
        // Without a digest, an approval is bound to the version that existed when the decision arrived.
        let seen = verdict.seen.clone().or_else(|| verdict.approve.then(|| digest_on_arrival.clone()));
        let decision = Decision { by: by.who.clone(), seen, comment: verdict.comment.clone(), law };
        let command = match verdict.approve {
            false => Command::Deny { decision },
            true => match edit(gate, approval, &law, verdict.patch.as_ref())? {
                Edited::Allowed(None) => Command::Approve { decision, edit: None },
                Edited::Allowed(Some(edited)) => return approve_edited(approval, decision, edited, now),
                Edited::Refused(refusal) => return Err(refusal_or_authority(approval, decision, refusal, now).into()),
            },
        };
        Ok(apply(approval, command, now)?)
    };
    // A decision with a digest fails on another version by itself, and a denial without a digest is bound to no version.
    let may_begin_stale = verdict.seen.is_some() || !verdict.approve;
    gate.decide(workspace, id, by, may_begin_stale, command).await
}

/// Approves an edit, under the rulings on the parameters as they were *and* as they are edited: an edit only ever adds demands, and what
/// either policy denies cannot be made of a request.
fn approve_edited(
    approval: &Approval,
    decision: Decision<'_>,
    (edit, rulings): (Edit, Rulings),
    now: domain::Timestamp,
) -> Result<Applied, Failure> {
    let decision = Decision { law: Law { rulings: &rulings, ..decision.law }, ..decision };
    let applied = apply(approval, Command::Approve { decision, edit: Some(edit) }, now)?;
    if applied.approval.digest != approval.digest {
        must_fit(&applied.approval)?;
    }
    Ok(applied)
}

/// The refusal of a faulty edit. If the person may not decide, or decides too late, the refusal says that instead of the faults.
fn refusal_or_authority(
    approval: &Approval,
    decision: Decision<'_>,
    refusal: Refusal,
    now: domain::Timestamp,
) -> Refusal {
    apply(approval, Command::Approve { decision, edit: None }, now).err().unwrap_or(refusal)
}

/// The result of the check of an edit.
enum Edited {
    /// Both policies allow it; none without a patch. With the rulings on the parameters as they were and as they are edited.
    Allowed(Option<(Edit, Rulings)>),
    /// A policy does not allow it.
    Refused(Refusal),
}

/// The edited parameters, checked under both policies.
fn edit(
    gate: &Keyed,
    approval: &Approval,
    law: &Law<'_>,
    patch: Option<&Map<String, Value>>,
) -> Result<Edited, Failure> {
    let Some(patch) = patch else { return Ok(Edited::Allowed(None)) };
    let then = law.snapshot.fields_for(&approval.action, approval.rule.as_ref());
    let (Some(then), Ok(())) = (then, law.rulings.not_denied()) else {
        // A policy denies the action. The state machine refuses the decision because of that, so the edit is not checked.
        return Ok(Edited::Allowed(None));
    };
    let params = gate.original_params(approval)?;
    let edited = match apply_edit(&approval.action, &params, patch, then) {
        Ok(edited) => edited,
        Err(faults) => return Ok(Edited::Refused(Refusal::OverrideNotAllowed(faults))),
    };
    // Every ruling on the request, as it is and as it is edited, must let people edit it so.
    let rulings = law.rulings.clone().with(approval, &edited, law.snapshot, law.current);
    for fields in (Law { rulings: &rulings, ..*law }).fields_of_edits() {
        if let Err(faults) = apply_edit(&approval.action, &params, patch, fields) {
            return Ok(Edited::Refused(Refusal::OverrideNotAllowed(faults)));
        }
    }
    let keys = domain::params::difference::changed_keys(&params, &edited);
    if keys.is_empty() {
        // The patch changes nothing: it may repeat an earlier edit, which the digest shows.
        let (view, sealed, digest) = (approval.params.clone(), approval.sealed.clone(), approval.digest.clone());
        let title = approval.title.clone();
        return Ok(Edited::Allowed(Some((Edit { view, sealed, digest, title, keys }, rulings))));
    }
    let (view, sealed) = gate.split(&approval.id, &edited, &then.redaction)?;
    let digest = Digest::of(&approval.action, &gate.nonce(approval.token_number, &approval.id)?, &edited);
    let title = retitled(approval, then, &view);
    Ok(Edited::Allowed(Some((Edit { view, sealed, digest, title, keys }, rulings))))
}

/// The parameters as people would see them after an edit, for an interface that shows the difference first. Nothing is written, and the
/// approver is checked again at the decision.
///
/// # Errors
/// Every fault of the edit, under both policies; a refusal if this person could not approve now.
pub async fn preview_edit(
    gate: &Keyed,
    approval: &Approval,
    by: &Principal,
    patch: &Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let laws = gate.laws(approval, Some(by.into())).await?;
    let decision = Decision { by: by.clone(), seen: Some(approval.digest.clone()), comment: None, law: laws.law() };
    apply(approval, Command::Approve { decision, edit: None }, gate.clock.now())?;
    match edit(gate, approval, &laws.law(), Some(patch))? {
        Edited::Allowed(edit) => Ok(edit.map_or_else(|| approval.params.clone(), |(edit, _)| edit.view)),
        Edited::Refused(refusal) => Err(refusal.into()),
    }
}

/// What an actor could do now, for an interface that offers only that.
#[derive(Clone, Debug)]
pub struct MayDo {
    /// Is the one who asks, or acts for it: may then neither approve nor acknowledge.
    pub own: bool,
    /// Is one of those who ask, whether or not they may also decide.
    pub asks: bool,
    /// May approve.
    pub approver: bool,
    /// May acknowledge in the name of these.
    pub personas: Vec<String>,
    /// Keys that both policies let an approver change.
    pub override_keys: Vec<String>,
    /// Has approved what the approval is now.
    pub approved: bool,
    /// Whose approval would count beside those that are there.
    pub awaited: Vec<Principal>,
    /// Required personas that have not acknowledged, those that only the policy in force requires too.
    pub missing: Vec<String>,
}

impl MayDo {
    /// Whether the actor may approve.
    pub fn may_approve(&self) -> bool {
        self.approver && !self.own
    }

    /// Whether the actor may deny, their own request too.
    pub fn may_deny(&self) -> bool {
        self.approver || !self.personas.is_empty()
    }

    /// Whom the approval still waits for, as the end of a sentence.
    pub fn waiting(&self, approval: &Approval) -> String {
        let people: Vec<String> = self.awaited.iter().map(ToString::to_string).collect();
        domain::view::waiting(approval, &self.missing, &people)
    }
}

/// What an actor could do now. This decides nothing, because authority is checked again with each decision.
pub async fn may_do(gate: &Keyed, approval: &Approval, actor: impl Into<Actor<'_>>) -> Result<MayDo, Failure> {
    let actor = actor.into();
    Ok(may_do_under(&gate.laws(approval, Some(actor)).await?.law(), approval, actor.who))
}

/// The people whose approval would still count; nobody if the approval has ended.
pub async fn awaited(gate: &Keyed, approval: &Approval) -> Result<Vec<Principal>, Failure> {
    if !approval.status_at(gate.clock.now()).is_open() {
        return Ok(Vec::new());
    }
    Ok(gate.laws(approval, None).await?.law().awaited(approval).into_iter().cloned().collect())
}

pub(crate) fn may_do_under(law: &Law<'_>, approval: &Approval, actor: &Principal) -> MayDo {
    let authority::Entitlement { approver, personas, own } = law.entitlement(approval, actor);
    let mut all = law.fields_of_edits().into_iter().map(|fields| fields.override_keys.clone());
    let first = all.next().unwrap_or_default();
    let override_keys = all.fold(first, |keys, others| keys.into_iter().filter(|key| others.contains(key)).collect());
    let acked = |p: &String| approval.acks.iter().any(|ack| ack.persona == *p);
    MayDo {
        own,
        asks: law.asks(approval, actor),
        approver,
        personas,
        override_keys,
        approved: law.has_approved(approval, actor),
        awaited: law.awaited(approval).into_iter().cloned().collect(),
        missing: law.personas(approval).into_iter().filter(|p| !acked(p)).collect(),
    }
}
