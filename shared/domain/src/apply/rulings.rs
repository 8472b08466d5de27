//! What the policies say of one approval. Each ruling is a demand that a decision must meet: the policy that the request was made under, as
//! it was asked and as it was edited, and the policy in force. So a policy that changes, or an edit, only ever adds demands.

use crate::policy::{Effect, Policy, Rule, Ruling};
use crate::{Approval, Refusal};
use conditions::Facts;
use serde_json::{Map, Value};

/// The rulings on one approval.
#[derive(Clone, Debug)]
pub struct Rulings {
    /// Of the policy that the request was made under.
    then: Vec<Result<Ruling, Refusal>>,
    /// Of the policy in force.
    now: Vec<Result<Ruling, Refusal>>,
}

/// What one ruling demands of a decision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<'a> {
    pub(crate) policy: &'a Policy,
    /// None where the policy does not ask for the action at all.
    pub(crate) fields: Option<&'a Rule>,
    /// The policy would let the request through: it names the people who may decide, and demands no number of them.
    pub(crate) names_only: bool,
}

impl<'a> Demand<'a> {
    /// What it demands beside who may decide.
    pub(crate) fn demanded(self) -> Option<&'a Rule> {
        self.fields.filter(|_| !self.names_only)
    }
}

impl Rulings {
    /// The rulings on an approval as it is: with the original values of its parameters, and of those that were asked for, where an edit
    /// changed them.
    pub fn on(
        approval: &Approval,
        (params, asked): (&Map<String, Value>, Option<&Map<String, Value>>),
        snapshot: &Policy,
        current: &Policy,
    ) -> Self {
        let then = vec![snapshot.judged(&approval.action, approval.rule.as_ref())];
        let first = Self { then, now: vec![current.judge(&approval.facts(asked.unwrap_or(params), current))] };
        if asked.is_some() { first.with(approval, params, snapshot, current) } else { first }
    }

    /// These, and those on the approval with other parameters.
    #[must_use]
    pub fn with(
        mut self,
        approval: &Approval,
        edited: &Map<String, Value>,
        snapshot: &Policy,
        current: &Policy,
    ) -> Self {
        self.then.push(snapshot.judge(&approval.facts(edited, snapshot)));
        self.now.push(current.judge(&approval.facts(edited, current)));
        self
    }

    /// Whether no ruling denies.
    ///
    /// # Errors
    /// The first denial.
    pub fn not_denied(&self) -> Result<(), Refusal> {
        for ruling in self.then.iter().chain(&self.now) {
            ruling.as_ref().map_err(Clone::clone)?.not_denied()?;
        }
        Ok(())
    }

    /// The demands under both policies: those of the policy in force come first.
    pub(crate) fn demands<'a>(&'a self, snapshot: &'a Policy, current: &'a Policy) -> impl Iterator<Item = Demand<'a>> {
        let now = self.now.iter().filter_map(|ruling| demand(current, ruling));
        now.chain(self.then.iter().filter_map(|ruling| demand(snapshot, ruling)))
    }
}

/// None if the ruling lets the whole action through, which names nobody.
fn demand<'a>(policy: &'a Policy, ruling: &'a Result<Ruling, Refusal>) -> Option<Demand<'a>> {
    let Ok(ruling) = ruling else { return Some(Demand { policy, fields: None, names_only: false }) };
    let own = || Ruling { rule: None, ..ruling.clone() }.fields(policy);
    match ruling.effect {
        Effect::Ask => Some(Demand { policy, fields: ruling.fields(policy), names_only: false }),
        // The people of the action may still decide, as far as others demand it: who was removed is out.
        Effect::Allow => own().filter(|own| own.effect == Effect::Ask).map(|own| Demand {
            policy,
            fields: Some(own),
            names_only: true,
        }),
        // The people of the action may still deny the request.
        Effect::Deny => Some(Demand { policy, fields: own().filter(|_| ruling.rule.is_some()), names_only: false }),
    }
}

impl Approval {
    /// What a condition may ask about: the request as it was made, with these parameters.
    pub fn facts<'a>(&'a self, params: &'a Map<String, Value>, policy: &'a Policy) -> Facts<'a> {
        let Self { requester, origin, .. } = self;
        Facts {
            action: &self.action,
            params,
            agent: self.agent(),
            workspace: self.workspace.as_str(),
            requester: requester.facts(),
            origin: origin.facts(),
            justification: &self.justification,
            now: self.created_at,
            calendars: &policy.calendars,
        }
    }
}
