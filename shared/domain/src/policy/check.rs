//! Faults between the fields of a policy: quorums nobody can fill, personas bound to nobody, globs that tie.

use super::{Policy, Rule, UnknownAction};
use crate::fault::Faults;
use crate::principal::{Kind, Principal};
use std::collections::BTreeSet;

pub(super) fn policy(faults: &Faults, policy: &Policy) {
    people(faults, policy);
    ties(faults, policy);
    for (action, rule) in &policy.actions {
        let at = |field: &str| format!("actions[{action:?}].{field}");
        personas(faults, policy, rule, &at("requiredPersonas"));
        if !rule.denied {
            quorum(faults, policy, rule, &at);
            time(faults, policy, rule, &at);
        }
    }
    if policy.unknown_action == UnknownAction::Manual && policy.super_approvers.is_empty() {
        faults.add("defaults.superApprovers", "must name somebody, since unknownAction is manual");
    }
}

/// One identity may belong to one person only.
fn people(faults: &Faults, policy: &Policy) {
    let mut seen: Vec<(&Principal, &String)> = Vec::new();
    for (name, ids) in &policy.people {
        for id in ids {
            if let Some((_, other)) = seen.iter().find(|(known, owner)| *owner != name && known.overlaps(id)) {
                faults.add(format!("people.{name}"), format!("{id} already belongs to {other}"));
            }
            seen.push((id, name));
        }
    }
}

fn personas(faults: &Faults, policy: &Policy, rule: &Rule, path: &str) {
    for (i, name) in rule.required_personas.iter().enumerate() {
        match policy.personas.get(name) {
            None => faults.add(format!("{path}[{i}]"), format!("{name:?} is not defined under personas")),
            Some(bound) if bound.is_empty() => faults.add(format!("personas.{name}"), "is bound to nobody"),
            Some(_) => {}
        }
    }
}

fn quorum(faults: &Faults, policy: &Policy, rule: &Rule, at: &impl Fn(&str) -> String) {
    let able: Vec<&Principal> = rule.approvers.iter().chain(&policy.super_approvers).collect();
    if able.is_empty() {
        faults.add(at("approvers.anyOf"), "must name somebody, since there are no superApprovers either");
        return;
    }
    let escalated = rule.escalation.as_ref().and_then(|e| e.min_approvals);
    let people = distinct_people(policy, &able);
    for (field, quorum) in
        [("approvers.minApprovals", Some(rule.min_approvals)), ("escalation.escalateMinApprovals", escalated)]
    {
        let Some(quorum) = quorum else { continue };
        if quorum > people {
            faults.add(at(field), format!("is {quorum}, but only {people} distinct people may approve"));
        }
    }
    if rule.min_approvals.max(escalated.unwrap_or(0)) > 1 {
        kinds(faults, policy, &able, &at("approvers.anyOf"));
    }
}

/// With a quorum, an approver must not be able to count twice under identities of two kinds.
fn kinds(faults: &Faults, policy: &Policy, able: &[&Principal], path: &str) {
    let kinds: BTreeSet<Kind> = able.iter().map(|p| p.kind()).collect();
    if kinds.len() < 2 {
        return;
    }
    for p in able {
        if !policy.people.values().flatten().any(|id| id.overlaps(p)) {
            faults.add(
                path,
                format!("{p} must be listed under people: approvers of different kinds could be one person"),
            );
        }
    }
}

fn distinct_people(policy: &Policy, able: &[&Principal]) -> u64 {
    able.iter().map(|p| policy.person(p, &[])).collect::<BTreeSet<_>>().len() as u64
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

/// Two globs of equal length that can match one name: neither is the more exact.
fn ties(faults: &Faults, policy: &Policy) {
    let globs: Vec<&String> = policy.actions.keys().filter(|name| name.contains('*')).collect();
    for (i, a) in globs.iter().enumerate() {
        for b in globs.iter().skip(i + 1) {
            if a.len() == b.len() && globs_meet(a.as_bytes(), b.as_bytes()) {
                faults.add(
                    format!("actions[{b:?}]"),
                    format!("ties with {a:?}: both are as long and match the same actions"),
                );
            }
        }
    }
}

/// Whether some name matches both globs, by the reachable pairs of positions.
fn globs_meet(a: &[u8], b: &[u8]) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        if !seen.insert((i, j)) {
            continue;
        }
        match (a.get(i), b.get(j)) {
            (None, None) => return true,
            (Some(b'*'), Some(b'*')) => open.extend([(i + 1, j), (i, j + 1)]),
            (Some(b'*'), Some(_)) => open.extend([(i + 1, j), (i, j + 1)]),
            (Some(_), Some(b'*')) => open.extend([(i, j + 1), (i + 1, j)]),
            (Some(b'*'), None) => open.push((i + 1, j)),
            (None, Some(b'*')) => open.push((i, j + 1)),
            (Some(x), Some(y)) if x == y => open.push((i + 1, j + 1)),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::globs_meet;

    #[test]
    fn globs_meet_where_a_name_matches_both() {
        for (a, b, meet) in
            [("a.*", "*.b", true), ("a.*", "b.*", false), ("*x", "x*", true), ("a*c", "abd", false), ("**", "*a", true)]
        {
            assert_eq!(globs_meet(a.as_bytes(), b.as_bytes()), meet, "{a} {b}");
        }
    }
}
