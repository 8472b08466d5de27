//! Faults between the fields of a policy: quorums nobody can fill, personas bound to nobody, globs that tie. All of it takes time in
//! proportion to the policy, whatever is in it.

use super::people::IdentityOwners;
use super::ties::ties;
use super::{Effect, Policy, Rule, UnknownAction};
use crate::fault::Faults;
use crate::params::path::{item, member};
use crate::principal::{Kind, Principal};
use std::collections::BTreeSet;

pub(super) fn policy(faults: &Faults, policy: &Policy) {
    let known = people(faults, policy);
    let supers = Approvers::of(&known, &policy.super_approvers);
    for (glob, other) in ties(policy.actions.keys().map(String::as_str)) {
        let problem = format!("ties with {other:?}: both are as long and match the same actions");
        faults.add(member("actions", glob), problem);
    }
    let mut mixed = false;
    for (path, rule) in everywhere(policy) {
        let at = |field: &str| format!("{path}.{field}");
        personas(faults, policy, rule, &at("requiredPersonas"));
        if rule.effect == Effect::Ask {
            let own = Approvers::of(&known, &rule.approvers);
            quorum(faults, &own, &supers, rule, &at);
            if could_count_twice(rule, &own, &supers) {
                mixed = true;
                own.unlisted(faults, &at("approvers.anyOf"));
            }
            time(faults, policy, rule, &at);
        }
    }
    if mixed {
        supers.unlisted(faults, "defaults.superApprovers");
    }
    if policy.unknown_action == UnknownAction::Manual && policy.super_approvers.is_empty() {
        faults.add("defaults.superApprovers", "must name somebody, since unknownAction is manual");
    }
}

/// The fields of each action and of each of its rules, with their paths.
fn everywhere(policy: &Policy) -> Vec<(String, &Rule)> {
    let mut all = Vec::new();
    for (name, action) in &policy.actions {
        let path = member("actions", name);
        let rules = action.rules.iter().enumerate();
        all.extend(rules.map(|(i, rule)| (item(&format!("{path}.rules"), i), &rule.fields)));
        all.push((path, action));
    }
    all
}

/// One identity may belong to one person only.
fn people<'p>(faults: &Faults, policy: &'p Policy) -> IdentityOwners<'p> {
    let mut known = IdentityOwners::default();
    for (name, ids) in &policy.people {
        for id in ids {
            if let Some(other) = known.add(name, id) {
                faults.add(member("people", name), format!("{id} already belongs to {other}"));
            }
        }
    }
    known
}

fn personas(faults: &Faults, policy: &Policy, rule: &Rule, path: &str) {
    for (i, name) in rule.required_personas.iter().enumerate() {
        match policy.personas.get(name) {
            None => faults.add(item(path, i), format!("{name:?} is not defined under personas")),
            Some(bound) if bound.is_empty() => faults.add(member("personas", name), "is bound to nobody"),
            Some(_) => {}
        }
    }
}

/// Who may approve, as far as a quorum asks.
struct Approvers<'p> {
    /// Each of them once.
    people: BTreeSet<(Option<Kind>, &'p str)>,
    kinds: BTreeSet<Kind>,
    /// Those whom `people` does not name.
    strangers: Vec<&'p Principal>,
}

impl<'p> Approvers<'p> {
    fn of(known: &IdentityOwners<'p>, all: &'p [Principal]) -> Self {
        let strangers = all.iter().filter(|p| known.owner(p).is_none()).collect();
        let person = |p: &'p Principal| known.owner(p).map_or((Some(p.kind()), p.name()), |owner| (None, owner));
        Self { people: all.iter().map(person).collect(), kinds: all.iter().map(Principal::kind).collect(), strangers }
    }

    fn unlisted(&self, faults: &Faults, path: &str) {
        for p in &self.strangers {
            let problem = "must be listed under people: approvers of different kinds could be one person";
            faults.add(path, format!("{p} {problem}"));
        }
    }
}

fn quorum(faults: &Faults, own: &Approvers<'_>, supers: &Approvers<'_>, rule: &Rule, at: &impl Fn(&str) -> String) {
    let people = supers.people.len() + own.people.iter().filter(|person| !supers.people.contains(*person)).count();
    if people == 0 {
        faults.add(at("approvers.anyOf"), "must name somebody, since there are no superApprovers either");
        return;
    }
    let escalated = rule.escalation.as_ref().and_then(|e| e.min_approvals);
    for (field, quorum) in
        [("approvers.minApprovals", Some(rule.min_approvals)), ("escalation.escalateMinApprovals", escalated)]
    {
        let Some(quorum) = quorum else { continue };
        if quorum > people as u64 {
            faults.add(at(field), format!("is {quorum}, but only {people} distinct people may approve"));
        }
    }
}

/// With a quorum, nobody must be able to count twice under identities of two kinds.
fn could_count_twice(rule: &Rule, own: &Approvers<'_>, supers: &Approvers<'_>) -> bool {
    let escalated = rule.escalation.as_ref().and_then(|e| e.min_approvals);
    rule.min_approvals.max(escalated.unwrap_or(0)) > 1 && own.kinds.union(&supers.kinds).count() > 1
}

fn time(faults: &Faults, policy: &Policy, rule: &Rule, at: &impl Fn(&str) -> String) {
    let Some(escalation) = &rule.escalation else { return };
    if escalation.before_sec >= policy.timeout_sec(rule, None) {
        faults.add(at("escalation.escalateBeforeSec"), "must be less than the time the request stays open");
    }
    if escalation.min_approvals.is_some_and(|raised| raised < rule.min_approvals) {
        faults.add(
            at("escalation.escalateMinApprovals"),
            "must not be less than minApprovals: an escalation only raises",
        );
    }
    if escalation.connectors.is_empty() && escalation.channel.is_none() && escalation.min_approvals.is_none() {
        faults.add(at("escalation"), "must say what changes: connectors, channel or escalateMinApprovals");
    }
}
