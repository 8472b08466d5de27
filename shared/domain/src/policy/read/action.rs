//! One action: its own fields, and its rules.

use super::fields::{effect, fields};
use super::known::Known;
use super::rules::rules;
use crate::fault::{Faults, Object};
use crate::policy::{Effect, Rule};

pub(super) fn action(faults: &Faults, mut o: Object<'_>, known: &Known<'_>) -> Rule {
    let effect = effect(&mut o, known.reading);
    let mut action = Rule { effect, ..Rule::blank() };
    if effect == Effect::Ask && !o.has("approvers") {
        o.need("approvers");
    }
    fields(faults, &mut o, known.reading, &mut action);
    action.rules = rules(faults, &mut o, known, &action);
    o.nothing_else();
    action
}
