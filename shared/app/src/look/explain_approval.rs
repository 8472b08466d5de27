//! Why an approval asks whom it asks: the rule that governs it, and what a person could do about it now. It decides nothing.

use crate::decide::decide_approval::{MayDo, may_do_under};
use crate::{Failure, Gate, Keyed};
use domain::policy::Failed;
use domain::{Approval, Law, Principal, Status};

/// The rule that governs an approval, as of the policy it was asked under.
#[derive(Clone, Debug, Default)]
pub struct Governing {
    /// The name or glob under `actions`; empty for an unknown action under `unknownAction: manual`.
    pub pattern: String,
    /// The rule that held when it was asked; none where the action's own fields did.
    pub rule: Option<String>,
    /// The rule that could not be evaluated then.
    pub failed: Option<Failed>,
    /// What the policy says of the action.
    pub description: Option<String>,
    /// Who may approve.
    pub approvers: Vec<String>,
    /// Who may approve anything.
    pub super_approvers: Vec<String>,
    /// Who may acknowledge in the name of each persona that is required, by both policies; nobody where the one in force no longer
    /// names the persona of an open approval.
    pub personas: Vec<(String, Vec<String>)>,
    /// SHA-256 of the policy.
    pub policy: String,
    /// Whether another policy is in force by now. Then both policies must name the approver.
    pub replaced: bool,
    /// Why the policy in force lets nobody approve it, where that is so.
    pub forbidden: Option<String>,
}

/// What governs an approval, and what a person could do about it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The rule.
    pub governing: Governing,
    /// What the person could do while it is open.
    pub may_do: MayDo,
    /// Whether the person may ask for it again.
    pub may_ask_again: bool,
}

impl Explained {
    /// Required personas that have not acknowledged and that nobody may acknowledge as any more.
    pub fn nobody_speaks_for(&self) -> impl Iterator<Item = &String> {
        let unbound = |name: &&String| self.governing.personas.iter().any(|(p, all)| p == *name && all.is_empty());
        self.may_do.missing.iter().filter(unbound)
    }
}

/// Explains an approval to a person.
pub async fn explain_approval(gate: &Keyed, approval: &Approval, person: &Principal) -> Result<Explained, Failure> {
    let laws = gate.laws(approval, Some(person.into())).await?;
    let law = laws.law();
    let may_do = may_do_under(&law, approval, person);
    let may_ask_again = is_refused(gate, approval) && may_ask_again(&law, approval, &may_do);
    Ok(Explained { governing: governing(&law, approval), may_do, may_ask_again })
}

fn governing(law: &Law<'_>, approval: &Approval) -> Governing {
    let spell = |all: &[Principal]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let found = law.snapshot.find(&approval.action).ok();
    let fields = law.snapshot.fields_for(&approval.action, approval.rule.as_ref());
    let bound = |name: String| {
        // Of what has ended, who could have.
        let speakers = match approval.status.is_open() {
            true => law.speakers(approval, &name).into_iter().map(ToString::to_string).collect(),
            false => law.snapshot.personas.get(&name).map(|all| spell(all)).unwrap_or_default(),
        };
        (name, speakers)
    };
    Governing {
        pattern: found.map(|f| f.pattern.to_owned()).unwrap_or_default(),
        rule: approval.rule.clone(),
        failed: approval.failed.clone(),
        description: fields.and_then(|f| f.description.clone()),
        approvers: fields.map(|f| spell(&f.approvers)).unwrap_or_default(),
        super_approvers: spell(&law.snapshot.super_approvers),
        personas: law.personas(approval).into_iter().map(bound).collect(),
        policy: approval.policy.clone(),
        replaced: law.current.hash != approval.policy,
        forbidden: law.rulings.not_denied().err().map(|refusal| refusal.to_string()),
    }
}

fn is_refused(gate: &Gate, approval: &Approval) -> bool {
    matches!(approval.status_at(gate.clock.now()), Status::Denied | Status::Expired) && approval.superseded_by.is_none()
}

fn may_ask_again(law: &Law<'_>, approval: &Approval, may_do: &MayDo) -> bool {
    let fields = law.current.fields_for(&approval.action, approval.rule.as_ref());
    let allowed = fields.is_some_and(|fields| fields.allow_re_request);
    allowed && (may_do.asks || may_do.approver || !may_do.personas.is_empty())
}
