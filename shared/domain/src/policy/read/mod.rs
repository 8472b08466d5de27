//! Reads a policy document field by field, noting every fault and going on.

mod action;
mod calendars;
mod fields;
mod known;
mod rules;

pub(super) use known::Reading;

use super::{Limits, Policy, Routing, Rule, UnknownAction};
use crate::fault::{Faults, Object};
use crate::limits;
use crate::principal::Principal;
use crate::shape::named::UNKNOWN_ACTION;
use action::action;
use known::{Decider, Known, principals};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn policy(faults: &Faults, value: &Value, reading: Reading) -> Policy {
    let mut doc = faults.object("", value);
    let people = doc.object("people").map(|o| bound(faults, o, reading, Decider::OrAgent)).unwrap_or_default();
    let personas = doc.object("personas").map(|o| bound(faults, o, reading, Decider::Only)).unwrap_or_default();
    let routing = doc.object("routing").map(routing).unwrap_or_default();
    let (unknown_action, super_approvers) =
        doc.object("defaults").map(|o| defaults(faults, o, reading)).unwrap_or_default();
    let limits = doc.object("limits").map(limits).unwrap_or_default();
    let calendars = doc.object("calendars").map(|o| calendars::calendars(faults, o)).unwrap_or_default();
    let known = Known { reading, calendars: calendars.keys().map(String::as_str).collect() };
    let actions = doc.need_object("actions").map(|o| actions(faults, o, &known)).unwrap_or_default();
    doc.nothing_else();
    Policy {
        people,
        personas,
        routing,
        unknown_action,
        super_approvers,
        limits,
        calendars,
        actions,
        manual: Rule::blank(),
        hash: String::new(),
    }
}

fn bound(faults: &Faults, mut names: Object<'_>, reading: Reading, who: Decider) -> BTreeMap<String, Vec<Principal>> {
    let mut all = BTreeMap::new();
    for name in names.keys() {
        all.insert(name.clone(), principals(faults, &mut names, name, (reading, who)));
    }
    all
}

fn routing(mut o: Object<'_>) -> Routing {
    let routing = Routing {
        default_channel: o.text("defaultChannel"),
        default_timeout_sec: o.count("defaultTimeoutSec", 1, limits::OPEN_SEC),
        callback_hosts: o.texts("callbackHosts").unwrap_or_default(),
    };
    o.nothing_else();
    routing
}

fn defaults(faults: &Faults, mut o: Object<'_>, reading: Reading) -> (UnknownAction, Vec<Principal>) {
    let unknown = match o.one_of("unknownAction", UNKNOWN_ACTION.words()) {
        Some("manual") => UnknownAction::Manual,
        _ => UnknownAction::Deny,
    };
    let supers = principals(faults, &mut o, "superApprovers", (reading, Decider::Only));
    o.nothing_else();
    (unknown, supers)
}

fn limits(mut o: Object<'_>) -> Limits {
    let usual = Limits::default();
    let limits = Limits {
        creates_per_minute: o.count("createsPerMinute", 1, limits::RATE).unwrap_or(usual.creates_per_minute),
        allowed_per_minute: o.count("allowedPerMinute", 1, limits::RATE).unwrap_or(usual.allowed_per_minute),
        re_requests_per_hour: o.count("reRequestsPerHour", 1, limits::RATE).unwrap_or(usual.re_requests_per_hour),
        retention_days: o.count("retentionDays", 1, limits::RETENTION_DAYS).unwrap_or(usual.retention_days),
    };
    o.nothing_else();
    limits
}

fn actions(faults: &Faults, mut o: Object<'_>, known: &Known<'_>) -> BTreeMap<String, Rule> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-:/*".contains(c);
    let mut all = BTreeMap::new();
    if o.keys().len() > limits::ACTIONS {
        faults.add("actions", format!("must be at most {}", limits::ACTIONS));
        return all;
    }
    for name in o.keys() {
        if name.is_empty() || name.len() > 200 || !name.chars().all(good) {
            o.fault(name, "must be 1 to 200 letters, digits or ._-:/ with * as a wildcard");
        }
        if let Some(rule) = o.need_object(name).map(|r| action(faults, r, known)) {
            all.insert(name.clone(), rule);
        }
    }
    all
}

#[cfg(test)]
mod tests;
