//! An approver's edit: a JSON Merge Patch (RFC 7396) over the parameters, within what the policy lets them change.

use crate::params::difference::changed_keys;
use crate::params::hidden::find_marker;
use crate::params::keys::{below, borrowed};
use crate::params::path::{item, member};
use crate::params::places;
use crate::params::places::places;
use crate::params::redact::redact;
use crate::params::typed::TWO_PLACES;
use crate::policy::{Rule, schema};
use crate::{Fault, Faults};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The parameters after an edit, original values included.
///
/// # Errors
/// Every fault of the edit: a key the policy does not let people change, another `type`, a redacted value sent back, a result
/// that breaks `overrideSchema`.
///
/// `type` is the action where it is the action's name, and then changes nothing; any other value is meant for the parameter of that
/// name, which is edited like any other parameter.
pub fn edit(
    action: &str,
    params: &Map<String, Value>,
    patch: &Map<String, Value>,
    rule: &Rule,
) -> Result<Map<String, Value>, Vec<Fault>> {
    let faults = Faults::default();
    let mut patch = patch.clone();
    match patch.get("type") {
        Some(same) if same == action => drop(patch.remove("type")),
        Some(_) if !params.contains_key("type") => {
            patch.remove("type");
            faults.add("modified_action.type", "may be repeated but not changed: no parameter has this name");
        }
        _ => {}
    }
    for path in find_marker(&Value::Object(patch.clone()), "modified_action") {
        faults.add(path, "is a redacted value; leave it out to keep what it is");
    }
    let edited = merged(params, &patch);
    // What may not be changed is looked for in what people see: a hidden value that is guessed right is as much a fault as a wrong one.
    let view = redact(params, &rule.redaction).view;
    let (keys, seen) = (borrowed(&rule.override_keys), merged(&view, &patch));
    // Where a key can mean two places is looked for in what is done: a policy hides both, and then one of them may not be seen.
    let all = |key: &str| places(params, key).into_iter().chain(places(&edited, key)).collect();
    doubtful(&view, &seen, &keys, all, "modified_action", &faults);
    uncovered(&view, &seen, &keys, "modified_action", &faults);
    if let Some(schema) = &rule.override_schema {
        satisfies(schema, &edited, &faults);
    }
    faults.or(edited)
}

/// A patch that was made of parameters alone. One that sets the parameter `type` to the action's name would be read as the action.
///
/// # Errors
/// That it cannot be said, by key.
pub fn of_parameters(
    action: &str,
    params: &Map<String, Value>,
    patch: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<(String, String)>> {
    let is = |map: &Map<String, Value>| map.get("type").is_some_and(|value| value == action);
    if is(&patch) && !is(params) {
        return Err(vec![("type".into(), "cannot become the name of the action, which it would be taken for".into())]);
    }
    Ok(patch)
}

fn merged(params: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = Value::Object(params.clone());
    json_patch::merge(&mut merged, &Value::Object(patch.clone()));
    if let Value::Object(map) = merged { map } else { Map::new() }
}

/// Reports every key that can mean two places, of which one changes as people see it. The fault reveals nothing about a guessed value.
fn doubtful(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    keys: &[&str],
    all: impl Fn(&str) -> BTreeSet<Vec<String>>,
    at: &str,
    faults: &Faults,
) {
    for key in keys.iter().filter(|key| key.contains('.')) {
        let all = all(key);
        let changes = |place: &Vec<String>| places::at(before, place) != places::at(after, place);
        if all.len() > 1 && all.iter().any(changes) {
            faults.add(format!("{at}.{key}"), TWO_PLACES);
        }
    }
}

/// Notes every change that none of the keys covers, and every key that can mean two places of which one changes.
fn uncovered(before: &Map<String, Value>, after: &Map<String, Value>, keys: &[&str], at: &str, faults: &Faults) {
    let all = |key: &str| places(before, key).into_iter().chain(places(after, key)).collect();
    doubtful(before, after, keys, all, at, faults);
    for key in changed_keys(before, after) {
        let below = below(keys, &key);
        if !below.named {
            let path = member(at, &key);
            uncovered_value(before.get(&key), after.get(&key), &below.rest, &path, faults);
        }
    }
}

fn uncovered_value(before: Option<&Value>, after: Option<&Value>, keys: &[&str], at: &str, faults: &Faults) {
    match (before, after) {
        (Some(Value::Object(b)), Some(Value::Object(a))) if !keys.is_empty() => uncovered(b, a, keys, at, faults),
        (Some(Value::Array(b)), Some(Value::Array(a))) if !keys.is_empty() && a.len() == b.len() => {
            for (i, (b, a)) in b.iter().zip(a).enumerate().filter(|(_, (b, a))| b != a) {
                uncovered_value(Some(b), Some(a), keys, &item(at, i), faults);
            }
        }
        _ => faults.add(at, "may not be changed: the policy's overrideKeys do not name it"),
    }
}

fn satisfies(schema: &Value, edited: &Map<String, Value>, faults: &Faults) {
    match schema::validator(schema) {
        // Checked when the policy was saved; a schema that cannot be read allows nothing.
        Err(e) => {
            faults.add("modified_action", format!("cannot be checked: overrideSchema is not a JSON Schema ({e})"))
        }
        Ok(validator) => {
            for error in validator.iter_errors(&Value::Object(edited.clone())) {
                let path = schema::located("modified_action", error.instance_path());
                // The value itself stays out of the message: it may be one that is redacted.
                faults.add(path, format!("breaks overrideSchema: {}", error.masked()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }
    fn rule(keys: &[&str], schema: Option<Value>) -> Rule {
        Rule {
            override_keys: keys.iter().map(|k| (*k).into()).collect(),
            override_schema: schema.map(std::sync::Arc::new),
            ..Rule::default()
        }
    }
    fn fields(faults: Vec<Fault>) -> Vec<String> {
        faults.into_iter().map(|f| f.field).collect()
    }

    #[test]
    fn only_named_keys_may_change_and_every_other_is_a_fault() {
        let params = map(json!({"to": "a", "subject": "s", "opt": {"cc": 1, "bcc": 2}, "n": "007"}));
        let rule = rule(&["subject", "opt.cc"], None);
        let ok =
            edit("mail", &params, &map(json!({"type": "mail", "subject": "t", "opt": {"cc": null}})), &rule).unwrap();
        assert_eq!(Value::Object(ok), json!({"to": "a", "subject": "t", "opt": {"bcc": 2}, "n": "007"}));
        let bad = map(json!({"type": "x", "to": "b", "opt": {"bcc": 3}, "new": 1, "n": 7, "subject": "«redacted»"}));
        let faults = fields(edit("mail", &params, &bad, &rule).unwrap_err());
        let all = ["to", "opt.bcc", "new", "n", "subject", "type"].map(|f| format!("modified_action.{f}"));
        assert!(all.iter().all(|f| faults.contains(f)) && faults.len() == all.len(), "{faults:?}");
    }

    #[test]
    fn a_parameter_named_type_is_edited_like_any_other_and_the_actions_name_is_the_action() {
        let params = map(json!({"type": "refund", "amount": 5}));
        let (both, amount) = (rule(&["type", "amount"], None), rule(&["amount"], None));
        let result =
            |patch: Value, rule: &Rule| edit("pay", &params, &map(patch), rule).map(Value::Object).map_err(fields);
        let refused = Err(vec!["modified_action.type".to_owned()]);
        assert_eq!(result(json!({"type": "credit"}), &both), Ok(json!({"type": "credit", "amount": 5})));
        assert_eq!(result(json!({"type": null}), &both), Ok(json!({"amount": 5})));
        assert_eq!(result(json!({"type": "refund", "amount": 6}), &amount), Ok(json!({"type": "refund", "amount": 6})));
        assert_eq!(result(json!({"type": "pay", "amount": 6}), &both), Ok(json!({"type": "refund", "amount": 6})));
        assert_eq!(result(json!({"type": "credit"}), &amount), refused);
        let without = map(json!({"amount": 5}));
        for other in [json!("credit"), json!(null), json!(1)] {
            let added = edit("pay", &without, &map(json!({ "type": other })), &both).map_err(fields);
            assert_eq!(added.map(Value::Object), refused);
        }
        let hidden = crate::params::redact::Redaction::Deny(vec!["type".into()]);
        let hidden = Rule { redaction: hidden, ..rule(&["amount"], None) };
        assert_eq!(
            (result(json!({"type": "refund"}), &hidden), result(json!({"type": "x"}), &hidden)),
            (refused.clone(), refused)
        );
    }

    #[test]
    fn what_was_typed_for_a_parameter_is_not_taken_for_the_action() {
        let params = map(json!({"type": "refund"}));
        let of = |params: &Map<String, Value>, kind: &str| {
            of_parameters("pay", params, map(json!({ "type": kind }))).is_ok()
        };
        assert!(of(&params, "credit") && !of(&params, "pay") && !of(&Map::new(), "pay"));
        assert!(of(&map(json!({"type": "pay"})), "pay"));
    }

    #[test]
    fn a_key_that_can_mean_two_places_changes_neither() {
        let rule = rule(&["user.email", "user.name", "list.a.b"], None);
        let params =
            map(json!({"user.email": "x", "user": {"email": "y", "name": "z"}, "list": [{"a.b": 1, "a": {"b": 2}}]}));
        let tell = |patch| edit("mail", &params, &map(patch), &rule).map(drop).map_err(fields);
        let doubtful = Err(vec!["modified_action.user.email".to_owned()]);
        assert_eq!(tell(json!({"user.email": "q"})), doubtful);
        assert_eq!(tell(json!({"user": {"email": "q"}})), doubtful);
        assert_eq!(tell(json!({"user.email": null})), doubtful);
        assert_eq!(tell(json!({"user": {"name": "q"}})), Ok(()), "another key is not in doubt");
        let inside = json!({"list": [{"a.b": 1, "a": {"b": 3}}]});
        assert_eq!(tell(inside), Err(vec!["modified_action.list[0].a.b".to_owned()]));
        let plain = map(json!({"user": {"email": "y"}}));
        let second = edit("mail", &plain, &map(json!({"user.email": "decoy"})), &rule).map(drop).map_err(fields);
        assert_eq!(second, doubtful, "nor does an edit make a second place");
    }

    #[test]
    fn a_second_place_is_no_less_one_where_it_is_hidden() {
        use crate::params::redact::Redaction::{Allow, Deny};
        let params = map(json!({"user.email": "x", "user": {"email": "evil"}}));
        let doubtful = Err(vec!["modified_action.user.email".to_owned()]);
        for redaction in [Allow(vec!["user.email".into()]), Deny(vec!["user".into()])] {
            let rule = Rule { redaction, ..rule(&["user.email"], None) };
            let tell = |params: &Map<String, Value>, email: &str| {
                edit("mail", params, &map(json!({ "user.email": email })), &rule).map(drop).map_err(fields)
            };
            assert_eq!(tell(&params, "good"), doubtful);
            assert_eq!(tell(&map(json!({"user.email": "x"})), "good"), Ok(()), "one place is no doubt");
            let below = |email: &str| edit("mail", &params, &map(json!({"user": {"email": email}})), &rule);
            assert_eq!(below("evil").map_err(fields), below("good").map_err(fields), "a guess tells nothing");
        }
    }

    #[test]
    fn a_hidden_value_cannot_be_guessed() {
        let params = map(json!({"card": {"no": "4711", "name": "Jane"}, "subject": "s"}));
        let hidden = crate::params::redact::Redaction::Deny(vec!["card.no".into()]);
        let rule = Rule { redaction: hidden, ..rule(&["subject"], None) };
        let tell =
            |no: &str| edit("pay", &params, &map(json!({"subject": "t", "card": {"no": no}})), &rule).map_err(fields);
        assert_eq!(tell("4711"), tell("4712"));
        assert_eq!(tell("4711"), Err(vec!["modified_action.card".into()]));
        assert!(
            edit("pay", &params, &map(json!({"card": {"name": "Jane"}})), &rule).is_ok(),
            "what is seen may be repeated"
        );
    }

    #[test]
    fn the_result_must_satisfy_the_schema_without_its_values_being_told() {
        let schema = json!({"properties": {"subject": {"type": "string", "maxLength": 3}}});
        let rule = rule(&["subject"], Some(schema));
        let params = map(json!({"subject": "s"}));
        let faults = edit("mail", &params, &map(json!({"subject": "hunter2"})), &rule).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert!(!faults[0].problem.contains("hunter2"), "{faults:?}");
    }
}
