//! An approver's edit: a JSON Merge Patch (RFC 7396) over the parameters, within what the policy lets them change.

use crate::path::{self, places};
use crate::policy::Rule;
use crate::redact::{below, borrowed, find_marker, redact};
use crate::typed::TWO_PLACES;
use crate::{Fault, Faults};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The parameters after an edit, original values included.
///
/// # Errors
/// Every fault of the edit: a key the policy does not let people change, another `type`, a redacted value sent back, a result
/// that breaks `overrideSchema`.
pub fn edit(
    action: &str,
    params: &Map<String, Value>,
    patch: &Map<String, Value>,
    rule: &Rule,
) -> Result<Map<String, Value>, Vec<Fault>> {
    let faults = Faults::default();
    let mut patch = patch.clone();
    match patch.remove("type") {
        Some(same) if same != action => faults.add("modified_action.type", "may be repeated but not changed"),
        _ => {}
    }
    for path in find_marker(&Value::Object(patch.clone()), "modified_action") {
        faults.add(path, "is a redacted value; leave it out to keep what it is");
    }
    let edited = merged(params, &patch);
    // What may not be changed is looked for in what people see: a hidden value that is guessed right is as much a fault as a wrong one.
    let view = redact(params, &rule.redaction).view;
    uncovered(&view, &merged(&view, &patch), &borrowed(&rule.override_keys), "modified_action", &faults);
    if let Some(schema) = &rule.override_schema {
        satisfies(schema, &edited, &faults);
    }
    faults.or(edited)
}

fn merged(params: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = Value::Object(params.clone());
    json_patch::merge(&mut merged, &Value::Object(patch.clone()));
    if let Value::Object(map) = merged { map } else { Map::new() }
}

/// The top-level keys whose value differs.
pub fn changed_keys(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|k| before.get(*k) != after.get(*k)).cloned().collect()
}

/// Notes every change that none of the keys covers, and every key that can mean two places of which one changes.
fn uncovered(before: &Map<String, Value>, after: &Map<String, Value>, keys: &[&str], at: &str, faults: &Faults) {
    for key in keys.iter().filter(|key| key.contains('.')) {
        let all: BTreeSet<_> = places(before, key).into_iter().chain(places(after, key)).collect();
        if all.len() > 1 && all.iter().any(|place| path::at(before, place) != path::at(after, place)) {
            faults.add(format!("{at}.{key}"), TWO_PLACES);
        }
    }
    for key in changed_keys(before, after) {
        let below = below(keys, &key);
        if !below.named {
            let path = format!("{at}.{key}");
            uncovered_value(before.get(&key), after.get(&key), &below.rest, &path, faults);
        }
    }
}

fn uncovered_value(before: Option<&Value>, after: Option<&Value>, keys: &[&str], at: &str, faults: &Faults) {
    match (before, after) {
        (Some(Value::Object(b)), Some(Value::Object(a))) if !keys.is_empty() => uncovered(b, a, keys, at, faults),
        (Some(Value::Array(b)), Some(Value::Array(a))) if !keys.is_empty() && a.len() == b.len() => {
            for (i, (b, a)) in b.iter().zip(a).enumerate().filter(|(_, (b, a))| b != a) {
                uncovered_value(Some(b), Some(a), keys, &format!("{at}[{i}]"), faults);
            }
        }
        _ => faults.add(at, "may not be changed: the policy's overrideKeys do not name it"),
    }
}

fn satisfies(schema: &Value, edited: &Map<String, Value>, faults: &Faults) {
    match jsonschema::validator_for(schema) {
        // Checked when the policy was saved; a schema that cannot be read allows nothing.
        Err(e) => {
            faults.add("modified_action", format!("cannot be checked: overrideSchema is not a JSON Schema ({e})"))
        }
        Ok(validator) => {
            for error in validator.iter_errors(&Value::Object(edited.clone())) {
                let path = error.instance_path().to_string().replace('/', ".");
                // The value itself stays out of the message: it may be one that is redacted.
                faults.add(format!("modified_action{path}"), format!("breaks overrideSchema: {}", error.masked()));
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
        Rule { override_keys: keys.iter().map(|k| (*k).into()).collect(), override_schema: schema, ..Rule::default() }
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
    fn a_hidden_value_cannot_be_guessed() {
        let params = map(json!({"card": {"no": "4711", "name": "Jane"}, "subject": "s"}));
        let hidden = crate::redact::Redaction::Deny(vec!["card.no".into()]);
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
