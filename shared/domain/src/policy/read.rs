//! Reads a policy document field by field, noting every fault and going on.

use super::shape::REDACTION_MODE;
use super::{Delivery, Escalation, Limits, OnApproved, Policy, Routing, Rule, UnknownAction};
use crate::connector::Mode;
use crate::fault::{Faults, Object};
use crate::limits::{self, ATTEMPT_SEC};
use crate::params::path::item;
use crate::params::redact::Redaction;
use crate::principal::{Kind, Principal};
use crate::shape::named::{DELIVERY_MODE, EFFECT, SEVERITY, UNKNOWN_ACTION};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a document is read for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Reading {
    /// To be saved: everything in it must be right.
    New,
    /// To be followed: it was right when it was saved, by the rules of its day.
    Saved,
}

impl Reading {
    /// An identity. One that nobody can have is refused where it is entered; in a saved document it names nobody, as it always did.
    fn principal(self, text: &str) -> Result<Principal, String> {
        match self {
            Self::New => Principal::entered(text),
            Self::Saved => Principal::parse(text),
        }
    }
}

pub(super) fn policy(faults: &Faults, value: &Value, reading: Reading) -> Policy {
    let mut doc = faults.object("", value);
    let people = doc.object("people").map(|o| bound(faults, o, reading, Decider::OrAgent)).unwrap_or_default();
    let personas = doc.object("personas").map(|o| bound(faults, o, reading, Decider::Only)).unwrap_or_default();
    let routing = doc.object("routing").map(routing).unwrap_or_default();
    let (unknown_action, super_approvers) =
        doc.object("defaults").map(|o| defaults(faults, o, reading)).unwrap_or_default();
    let limits = doc.object("limits").map(limits).unwrap_or_default();
    let actions = doc.need_object("actions").map(|o| actions(faults, o, reading)).unwrap_or_default();
    doc.nothing_else();
    Policy {
        people,
        personas,
        routing,
        unknown_action,
        super_approvers,
        limits,
        actions,
        manual: Rule::blank(),
        hash: String::new(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Decider {
    /// The principals in this list may decide, so an agent may not be in it.
    Only,
    /// An agent may be named too.
    OrAgent,
}

fn bound(faults: &Faults, mut names: Object<'_>, reading: Reading, who: Decider) -> BTreeMap<String, Vec<Principal>> {
    let mut all = BTreeMap::new();
    for name in names.keys() {
        all.insert(name.clone(), principals(faults, &mut names, name, (reading, who)));
    }
    all
}

fn principals(
    faults: &Faults,
    object: &mut Object<'_>,
    key: &str,
    (reading, who): (Reading, Decider),
) -> Vec<Principal> {
    let path = object.at(key);
    let (mut all, mut named) = (Vec::new(), BTreeSet::new());
    for (i, text) in object.numbered_texts(key).unwrap_or_default() {
        match reading.principal(&text) {
            Err(problem) => {
                faults.add(item(&path, i), problem);
                // Somebody is meant: that nobody is named would be a second fault of one mistake.
                all.extend(Principal::parse(&text));
            }
            Ok(p) if who == Decider::Only && p.kind() == Kind::Agent => {
                faults.add(item(&path, i), "is an agent, which asks and never decides");
            }
            Ok(p) if !named.insert(p.clone()) => faults.add(item(&path, i), "is named twice"),
            Ok(p) => all.push(p),
        }
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
        re_requests_per_hour: o.count("reRequestsPerHour", 1, limits::RATE).unwrap_or(usual.re_requests_per_hour),
        retention_days: o.count("retentionDays", 1, limits::RETENTION_DAYS).unwrap_or(usual.retention_days),
    };
    o.nothing_else();
    limits
}

fn actions(faults: &Faults, mut o: Object<'_>, reading: Reading) -> BTreeMap<String, Rule> {
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
        if let Some(rule) = o.need_object(name).map(|r| rule(faults, r, reading)) {
            all.insert(name.clone(), rule);
        }
    }
    all
}

fn rule(faults: &Faults, mut o: Object<'_>, reading: Reading) -> Rule {
    let effect = effect(&mut o, reading);
    let mut rule = Rule { denied: effect != Effect::Ask, ..Rule::blank() };
    rule.description = o.text("description");
    rule.title = o.text("title");
    if o.has("approvers") || effect == Effect::Ask {
        (rule.approvers, rule.min_approvals) =
            o.need_object("approvers").map(|a| approvers(faults, a, reading)).unwrap_or((vec![], 1));
    }
    let alias = o.texts("personasRequired");
    rule.required_personas = o.texts("requiredPersonas").or(alias).unwrap_or_default();
    rule.timeout_sec = o.count("timeoutSec", 1, limits::OPEN_SEC);
    rule.redaction = o.object("redactParams").map(redaction).unwrap_or_default();
    rule.allowed_channels = o.texts("allowedChannels").unwrap_or_default();
    rule.delivery = o.object("delivery").map(delivery);
    rule.escalation = o.object("escalation").map(escalation);
    rule.on_approved = o.object("onApproved").map(on_approved);
    rule.severity = o.one_of("severity", SEVERITY.words());
    rule.allow_re_request = o.flag("allowReRequest").unwrap_or_default();
    rule.re_request_cooldown_sec = o.count("reRequestCooldownSec", 0, limits::OPEN_SEC).unwrap_or_default();
    rule.allow_self_approval = o.flag("allowSelfApproval").unwrap_or_default();
    overrides(&mut o, &mut rule);
    o.nothing_else();
    rule
}

/// What becomes of an action.
#[derive(Clone, Copy, PartialEq)]
enum Effect {
    Ask,
    Deny,
    /// A fault that is noted already.
    Unknown,
}

/// `allow` once meant `ask`, and will mean that nobody is asked: until then it can be saved in neither sense, so that no document of
/// the one time is read in the other.
fn effect(o: &mut Object<'_>, reading: Reading) -> Effect {
    if o.get("effect").is_some_and(|effect| effect == "allow") {
        return match (reading, o.has("approvers")) {
            (Reading::Saved, _) => Effect::Ask,
            (Reading::New, true) => {
                o.fault("effect", "is allow, beside approvers; write ask (the default) to have them asked");
                Effect::Ask
            }
            (Reading::New, false) => {
                o.fault(
                    "effect",
                    "is allow, but nothing can be let through unasked yet; write ask and approvers, or deny",
                );
                Effect::Unknown
            }
        };
    }
    match o.one_of("effect", EFFECT.words()) {
        Some("deny") => Effect::Deny,
        _ => Effect::Ask,
    }
}

fn approvers(faults: &Faults, mut o: Object<'_>, reading: Reading) -> (Vec<Principal>, u64) {
    let mut all = principals(faults, &mut o, "anyOf", (reading, Decider::Only));
    for (i, id) in o.numbered_texts("allowSlackIds").unwrap_or_default() {
        match reading.principal(&format!("slack:{id}")) {
            Ok(p) => all.push(p),
            Err(problem) => faults.add(item(&o.at("allowSlackIds"), i), problem),
        }
    }
    let min = o.count("minApprovals", 1, limits::APPROVALS).unwrap_or(1);
    o.nothing_else();
    (all, min)
}

fn redaction(mut o: Object<'_>) -> Redaction {
    if o.get("mode").is_none() {
        o.need("mode");
    }
    let mode = o.one_of("mode", REDACTION_MODE.words());
    let keys = o.texts("keys").unwrap_or_default();
    if mode == Some("denylist") && keys.is_empty() {
        o.fault("keys", "must name what is hidden");
    }
    o.nothing_else();
    match mode {
        Some("allowlist") => Redaction::Allow(keys),
        Some("denylist") => Redaction::Deny(keys),
        _ => Redaction::None,
    }
}

fn overrides(o: &mut Object<'_>, rule: &mut Rule) {
    let allowed = o.flag("allowParamOverrides").unwrap_or_default();
    let keys = o.texts("overrideKeys").unwrap_or_default();
    let schema = o.get("overrideSchema").cloned();
    if allowed && keys.is_empty() {
        o.fault("overrideKeys", "must name what may be edited, since allowParamOverrides is true");
    }
    if allowed {
        (rule.override_keys, rule.override_schema) = (keys, schema);
    }
}

fn delivery(mut o: Object<'_>) -> Delivery {
    let delivery = Delivery {
        connectors: o.texts("connectors").unwrap_or_default(),
        mode: mode(o.one_of("mode", DELIVERY_MODE.words())),
        fallback_to_ui: o.flag("fallbackToUi"),
    };
    o.nothing_else();
    delivery
}

fn mode(word: Option<&str>) -> Option<Mode> {
    word.map(|word| if word == "all" { Mode::All } else { Mode::FirstSuccess })
}

fn escalation(mut o: Object<'_>) -> Escalation {
    o.need("escalateBeforeSec");
    let escalation = Escalation {
        before_sec: o.count("escalateBeforeSec", 1, limits::OPEN_SEC).unwrap_or(1),
        connectors: o.texts("connectors").unwrap_or_default(),
        channel: o.text("channel"),
        min_approvals: o.count("escalateMinApprovals", 1, limits::APPROVALS),
    };
    o.nothing_else();
    escalation
}

fn on_approved(mut o: Object<'_>) -> OnApproved {
    let hook = OnApproved {
        connector: o.need_text("connector", 1),
        timeout_sec: o.count("timeoutSec", ATTEMPT_SEC.0, ATTEMPT_SEC.1).unwrap_or(30),
    };
    o.nothing_else();
    hook
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_in_a_list_has_the_index_that_the_document_has() {
        let approvers = json!({ "anyOf": [1, "nobody"], "allowSlackIds": ["", "U123", "@jane"] });
        let faults = Faults::default();
        policy(&faults, &json!({ "actions": { "pay": { "approvers": approvers } } }), Reading::New);
        let found = faults.or(()).unwrap_err();
        let fields: Vec<&str> = found.iter().map(|f| f.field.trim_start_matches("actions.pay.approvers.")).collect();
        assert_eq!(fields, ["allowSlackIds[0]", "allowSlackIds[2]", "anyOf[0]", "anyOf[1]"]);
    }
}
