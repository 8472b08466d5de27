//! Rules inside an action: which of them holds for a request, and what the policy says of the request then.
//!
//! Local invariant: a doubt is never an approval. A rule that denies and cannot be evaluated denies. A rule that allows or asks and cannot be
//! evaluated hands the request to people, under the action's own fields, and no later rule is looked at.

use super::{Conditional, Effect, Policy, Rule, UnknownAction};
use crate::params::path::member;
use crate::{Principal, Refusal};
use conditions::{Budget, Facts};
use serde::{Deserialize, Serialize};

impl Conditional {
    fn holds(&self, facts: &Facts<'_>, budget: &mut Budget) -> Result<bool, String> {
        self.when.as_ref().map_or(Ok(true), |when| when.holds_within(facts, budget).map_err(|undecided| undecided.0))
    }
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its name.
    pub rule: String,
    /// Why, as a sentence.
    pub why: String,
}

/// A shadow rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// Its name.
    pub rule: String,
    /// What it would have done.
    pub effect: Effect,
}

/// What a policy says of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// The name or glob under `actions`; empty for an unknown action under `unknownAction: manual`.
    pub pattern: String,
    /// The rule that holds; none where the action's own fields do.
    pub rule: Option<String>,
    /// What becomes of the request.
    pub effect: Effect,
    /// Why it is denied, as a sentence.
    pub reason: Option<String>,
    /// The rule that could not be evaluated.
    pub failed: Option<Failed>,
    /// The shadow rules that match.
    pub shadow: Vec<Shadow>,
}

impl Ruling {
    /// The ruling, unless it denies.
    ///
    /// # Errors
    /// `PolicyDenied`, with the reason.
    pub fn not_denied(&self) -> Result<&Self, Refusal> {
        let denied = || Refusal::PolicyDenied(self.reason.clone().unwrap_or_default());
        if self.effect == Effect::Deny { Err(denied()) } else { Ok(self) }
    }

    /// The fields that hold, in the policy that made the ruling.
    pub fn fields<'p>(&self, policy: &'p Policy) -> Option<&'p Rule> {
        let action = if self.pattern.is_empty() { &policy.manual } else { policy.actions.get(&self.pattern)? };
        match &self.rule {
            None => Some(action),
            Some(name) => action.rules.iter().find(|rule| rule.name == *name).map(|rule| &rule.fields),
        }
    }

    /// Who lets a request through: the rule, or the whole action.
    pub fn author(&self) -> Principal {
        Principal::policy(self.rule.as_ref().unwrap_or(&self.pattern))
    }
}

impl Policy {
    /// What the policy says of a request.
    ///
    /// # Errors
    /// `PolicyNotFound` if no action matches and unknown actions are denied.
    pub fn judge(&self, facts: &Facts<'_>) -> Result<Ruling, Refusal> {
        let (pattern, action) = match self.matching(facts.action) {
            Some(found) => (found.pattern, found.rule),
            None if self.unknown_action == UnknownAction::Manual => ("", &self.manual),
            None => return Err(unknown(facts.action)),
        };
        // One budget for all: what costs too much is a doubt.
        let mut budget = Budget::default();
        let rules = || action.rules.iter().filter(|rule| !rule.shadow);
        let (denying, others): (Vec<_>, Vec<_>) = rules().partition(|rule| rule.fields.effect == Effect::Deny);
        let ruling = denied(facts, &mut budget, pattern, &denying)
            .or_else(|| first(facts, &mut budget, &others, |failed| self.undecided(failed, action)))
            .unwrap_or_else(|| own(facts, pattern, action));
        Ok(Ruling { pattern: pattern.to_owned(), shadow: shadow(facts, &mut budget, action), ..ruling })
    }

    /// The fields of an action and of each of its rules.
    pub fn all_fields_of(&self, action: &str) -> Vec<&Rule> {
        let found = self.find(action).ok().map(|found| found.rule);
        found.into_iter().flat_map(|rule| rule.rules.iter().map(|rule| &rule.fields).chain([rule])).collect()
    }

    /// Whether the action has rules, so that the parameters count.
    pub fn has_rules(&self, action: &str) -> bool {
        self.matching(action).is_some_and(|found| !found.rule.rules.is_empty())
    }

    /// What the policy said of a request when it was made, by the name of the rule that held then.
    ///
    /// # Errors
    /// `PolicyNotFound` or `PolicyDenied` if the policy cannot have asked for the action.
    pub fn judged(&self, action: &str, rule: Option<&String>) -> Result<Ruling, Refusal> {
        let found = self.matching(action);
        let unknown = || (self.unknown_action == UnknownAction::Manual).then_some("").ok_or_else(|| unknown(action));
        let pattern = found.map_or_else(unknown, |found| Ok(found.pattern))?.to_owned();
        let ruling = Ruling { pattern, rule: rule.cloned(), ..Ruling::default() };
        let fields = ruling.fields(self);
        let denied = fields.is_none_or(|fields| fields.effect == Effect::Deny);
        if denied { Err(Refusal::PolicyDenied(named(action, &ruling.pattern))) } else { Ok(ruling) }
    }

    /// The fields of an action's rule; the action's own where it has no rule of this name. None if the policy asks nobody about the
    /// action, whatever the request.
    pub fn fields_for(&self, action: &str, rule: Option<&String>) -> Option<&Rule> {
        let found = self.find(action).ok()?;
        let named = |name: &String| found.rule.rules.iter().find(|rule| rule.name == *name);
        Some(rule.and_then(named).map_or(found.rule, |rule| &rule.fields))
    }

    /// A rule that allows or asks could not be evaluated: the action's own fields hold, except that they let nothing through. Where the
    /// whole action is let through otherwise, the super-approvers are asked.
    fn undecided(&self, failed: Failed, action: &Rule) -> Ruling {
        let nobody = action.effect == Effect::Allow && self.super_approvers.is_empty();
        if action.effect != Effect::Deny && !nobody {
            return Ruling { failed: Some(failed), ..Ruling::default() };
        }
        let why = if nobody { ", and the policy names nobody to ask" } else { "" };
        let reason = format!("the policy's rule {} cannot be evaluated{why}: {}", failed.rule, failed.why);
        Ruling { effect: Effect::Deny, reason: Some(reason), failed: Some(failed), ..Ruling::default() }
    }
}

/// A rule that denies wins wherever it stands, and so does one that cannot be evaluated; the first that matches says why.
fn denied(facts: &Facts<'_>, budget: &mut Budget, pattern: &str, denying: &[&Conditional]) -> Option<Ruling> {
    let mut failed = None;
    for rule in denying {
        match rule.holds(facts, budget) {
            Ok(false) => {}
            Ok(true) => {
                let reason = rule.reason.clone();
                let reason = reason.unwrap_or_else(|| format!("{}, rule {}", named(facts.action, pattern), rule.name));
                return Some(ruling(rule, Effect::Deny, Some(reason)));
            }
            Err(why) => failed = failed.or_else(|| Some(Failed { rule: rule.name.clone(), why })),
        }
    }
    let failed = failed?;
    let reason = format!("the policy's rule {} denies what it cannot evaluate: {}", failed.rule, failed.why);
    let (rule, reason) = (Some(failed.rule.clone()), Some(reason));
    Some(Ruling { rule, effect: Effect::Deny, reason, failed: Some(failed), ..Ruling::default() })
}

/// The first rule that matches, or that cannot be evaluated.
fn first(
    facts: &Facts<'_>,
    budget: &mut Budget,
    rules: &[&Conditional],
    undecided: impl Fn(Failed) -> Ruling,
) -> Option<Ruling> {
    for rule in rules {
        match rule.holds(facts, budget) {
            Ok(false) => {}
            Ok(true) => return Some(ruling(rule, rule.fields.effect, None)),
            Err(why) => return Some(undecided(Failed { rule: rule.name.clone(), why })),
        }
    }
    None
}

/// The action's own fields.
fn own(facts: &Facts<'_>, pattern: &str, action: &Rule) -> Ruling {
    let reason = (action.effect == Effect::Deny).then(|| named(facts.action, pattern));
    Ruling { effect: action.effect, reason, ..Ruling::default() }
}

fn ruling(rule: &Conditional, effect: Effect, reason: Option<String>) -> Ruling {
    Ruling { rule: Some(rule.name.clone()), effect, reason, ..Ruling::default() }
}

fn shadow(facts: &Facts<'_>, budget: &mut Budget, action: &Rule) -> Vec<Shadow> {
    let matching = action.rules.iter().filter(|rule| rule.shadow && rule.holds(facts, budget) == Ok(true));
    matching.map(|rule| Shadow { rule: rule.name.clone(), effect: rule.fields.effect }).collect()
}

fn named(action: &str, pattern: &str) -> String {
    format!("the policy denies {action:?} ({})", member("actions", pattern))
}

fn unknown(action: &str) -> Refusal {
    Refusal::PolicyNotFound(format!("no policy names {action:?}, and unknown actions are denied"))
}
