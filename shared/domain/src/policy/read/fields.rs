//! The fields of an action, and of a rule inside it, which overrides those that it names.

use super::known::{Decider, Reading, principals};
use crate::connector::Mode;
use crate::fault::{Faults, Object};
use crate::limits::{self, ATTEMPT_SEC};
use crate::params::path::item;
use crate::params::redact::Redaction;
use crate::policy::shape::REDACTION_MODE;
use crate::policy::{Delivery, Effect, Escalation, OnApproved, Rule};
use crate::principal::Principal;
use crate::shape::named::{DELIVERY_MODE, EFFECT, SEVERITY};
use std::sync::Arc;

/// Reads what is there; what is not stays as it is.
pub(super) fn fields(faults: &Faults, o: &mut Object<'_>, reading: Reading, rule: &mut Rule) {
    if let Some(approvers) = o.object("approvers") {
        (rule.approvers, rule.min_approvals) = self::approvers(faults, approvers, reading);
    }
    let alias = o.texts("personasRequired");
    let set = |to: &mut Vec<String>, texts: Option<Vec<String>>| *to = texts.unwrap_or_else(|| std::mem::take(to));
    set(&mut rule.required_personas, o.texts("requiredPersonas").or(alias));
    set(&mut rule.allowed_channels, o.texts("allowedChannels"));
    rule.description = o.text("description").or_else(|| rule.description.take());
    rule.title = o.text("title").or_else(|| rule.title.take());
    rule.timeout_sec = o.count("timeoutSec", 1, limits::OPEN_SEC).or(rule.timeout_sec);
    if let Some(redact) = o.object("redactParams") {
        rule.redaction = redaction(redact);
    }
    rule.delivery = o.object("delivery").map(delivery).or_else(|| rule.delivery.take());
    rule.escalation = o.object("escalation").map(escalation).or_else(|| rule.escalation.take());
    rule.on_approved = o.object("onApproved").map(on_approved).or_else(|| rule.on_approved.take());
    rule.severity = o.one_of("severity", SEVERITY.words()).or(rule.severity);
    asking_again(o, rule);
    overrides(o, rule);
}

fn asking_again(o: &mut Object<'_>, rule: &mut Rule) {
    let cooldown = o.count("reRequestCooldownSec", 0, limits::OPEN_SEC);
    rule.allow_re_request = o.flag("allowReRequest").unwrap_or(rule.allow_re_request);
    rule.re_request_cooldown_sec = cooldown.unwrap_or(rule.re_request_cooldown_sec);
    rule.allow_self_approval = o.flag("allowSelfApproval").unwrap_or(rule.allow_self_approval);
}

/// What becomes of the request. `allow` once meant `ask`: beside approvers it is refused, so that no document of that time can begin to
/// let requests through; where it was saved then, it still asks.
pub(super) fn effect(o: &mut Object<'_>, reading: Reading) -> Effect {
    match o.one_of("effect", EFFECT.words()) {
        Some("deny") => Effect::Deny,
        Some("allow") => allow(o, reading),
        _ => Effect::Ask,
    }
}

fn allow(o: &mut Object<'_>, reading: Reading) -> Effect {
    let people = ["approvers", "requiredPersonas", "personasRequired"].into_iter().find(|key| o.has(key));
    match (people, reading) {
        (None, _) => Effect::Allow,
        (Some(_), Reading::Saved) => Effect::Ask,
        (Some(people), Reading::New) => {
            o.fault("effect", format!("is allow, beside {people}; write ask (the default) to have them asked"));
            Effect::Ask
        }
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
    let allowed = o.flag("allowParamOverrides").unwrap_or(!rule.override_keys.is_empty());
    let keys = o.texts("overrideKeys").unwrap_or_else(|| std::mem::take(&mut rule.override_keys));
    let schema = o.get("overrideSchema").map(|schema| Arc::new(schema.clone())).or_else(|| rule.override_schema.take());
    if allowed && keys.is_empty() {
        o.fault("overrideKeys", "must name what may be edited, since allowParamOverrides is true");
    }
    (rule.override_keys, rule.override_schema) = if allowed { (keys, schema) } else { (Vec::new(), None) };
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
