//! The rules inside an action, each with the action's fields and its own.

use super::fields::{effect, fields};
use super::known::Known;
use crate::fault::{Faults, Object, Place};
use crate::limits;
use crate::policy::{Conditional, Effect, Rule};
use conditions::Condition;
use std::collections::BTreeSet;

pub(super) fn rules(faults: &Faults, o: &mut Object<'_>, known: &Known<'_>, action: &Rule) -> Vec<Conditional> {
    let list = o.list("rules");
    if list.len() > limits::RULES {
        o.fault("rules", format!("must be at most {}", limits::RULES));
        return Vec::new();
    }
    let (mut all, mut names) = (Vec::new(), BTreeSet::new());
    for (path, value) in list {
        let mut o = faults.object(&path, value);
        let rule = rule(faults, &mut o, known, action);
        if !names.insert(rule.name.clone()) {
            o.fault("name", "is the name of another rule of this action");
        }
        o.nothing_else();
        all.push(rule);
    }
    all
}

fn rule(faults: &Faults, o: &mut Object<'_>, known: &Known<'_>, action: &Rule) -> Conditional {
    let effect = effect(o, known.reading);
    let mut fields_of_rule = Rule { effect, ..action.clone() };
    fields(faults, o, known.reading, &mut fields_of_rule);
    let reason = o.text("reason");
    if reason.is_some() && effect != Effect::Deny {
        o.fault("reason", "is only for a rule with the effect deny");
    }
    Conditional {
        name: name(o),
        when: when(faults, o, known),
        reason,
        shadow: o.one_of("mode", &["shadow"]).is_some(),
        fields: fields_of_rule,
    }
}

/// A rule's name stands in the history as `policy:<name>`.
fn name(o: &mut Object<'_>) -> String {
    let name = o.need_text("name", 1);
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.is_empty() && (name.len() > limits::RULE_NAME || !name.chars().all(good)) {
        o.fault("name", format!("must be 1 to {} letters, digits or ._-", limits::RULE_NAME));
    }
    name
}

fn when(faults: &Faults, o: &mut Object<'_>, known: &Known<'_>) -> Option<Condition> {
    let text = if o.has("when") { o.need_text("when", 1) } else { return None };
    if text.is_empty() {
        return None;
    }
    let path = o.at("when");
    match Condition::compile(&text, &known.calendars) {
        Ok(condition) => Some(condition),
        Err(problems) => {
            for problem in problems {
                faults.add(path.clone(), said(problem.message, Place { line: problem.line, column: problem.column }));
            }
            None
        }
    }
}

/// The place within the condition is said in words: the fault's own place is the line of the document.
fn said(message: String, place: Place) -> String {
    match place {
        Place { line: 1, column } => format!("{message} (character {column} of the condition)"),
        Place { line, column } => format!("{message} (line {line}, character {column} of the condition)"),
    }
}
