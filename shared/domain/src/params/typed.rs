//! What a person typed into the inputs of an edit, one for each override key, as a JSON Merge Patch.

use crate::params::hidden::{REDACTED, find_marker};
use crate::params::json::{canonical, parse};
use crate::params::line_ends::kept;
use crate::params::places::{at, places};
use serde_json::{Map, Value};

/// What is said of an override key that can mean two places.
pub(crate) const TWO_PLACES: &str = "can mean two places of these parameters, so it cannot be changed";

/// The value an override key points at, as it may be shown; none where that is nothing, could be two things, or is below a hidden value.
pub fn value_at<'a>(params: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    match places(params, key).as_slice() {
        [place] => at(params, place).filter(|value| !is_above(place, value, key)),
        _ => None,
    }
}

/// Whether an input can stand for an override key: nothing can be typed below a hidden value, nor below one that is not there, nor for
/// a key that can mean two places.
pub fn can_be_typed(params: &Map<String, Value>, key: &str) -> bool {
    value_at(params, key).is_some() || !key.contains('.')
}

/// Whether a value is hidden, and a key goes on below it.
fn is_above(place: &[String], value: &Value, key: &str) -> bool {
    is_redacted(value) && place.join(".") != key
}

/// Whether an override key can mean two places of these parameters: then nobody can change it.
pub fn is_ambiguous(params: &Map<String, Value>, key: &str) -> bool {
    places(params, key).len() > 1
}

/// Whether a value is one that is hidden.
pub fn is_redacted(value: &Value) -> bool {
    value == REDACTED
}

/// The JSON Merge Patch (RFC 7396) of what differs from what was shown. A text stays a text; anything else must be JSON of the same
/// type. A hidden or absent value that is left empty stays as it is. White space counts; only CR LF and LF are the same, for browsers
/// change the one into the other by themselves.
///
/// # Errors
/// What is wrong, by override key.
pub fn patch_from(
    params: &Map<String, Value>,
    values: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<(String, String)>> {
    let mut errors = Vec::new();
    let mut after = params.clone();
    let mut taken: Vec<Vec<String>> = Vec::new();
    for (key, typed) in values {
        let all = places(params, key);
        let (path, before) = match all.as_slice() {
            nowhere @ ([] | [_]) if key.contains('.') && (nowhere.is_empty() || value_at(params, key).is_none()) => {
                let typed = typed.as_str().unwrap_or_default();
                errors.extend(
                    (!typed.is_empty()).then(|| (key.clone(), "is not there, so it cannot be typed here".into())),
                );
                continue;
            }
            [] => (vec![key.clone()], None),
            [place] => (place.clone(), at(params, place)),
            _ => {
                errors.push((key.clone(), TWO_PLACES.into()));
                continue;
            }
        };
        match changed(before, typed.as_str().unwrap_or_default()) {
            Ok(None) => {}
            Ok(Some(_)) if taken.iter().any(|t| t.starts_with(&path) || path.starts_with(t)) => {
                errors.push((key.clone(), "is changed by another field as well".into()));
            }
            Ok(Some(value)) => {
                place(&mut after, &path, value);
                taken.push(path);
            }
            Err(problem) => errors.push((key.clone(), problem)),
        }
    }
    if errors.is_empty() { Ok(difference(params, &after)) } else { Err(errors) }
}

/// The value that was typed, where it differs.
fn changed(before: Option<&Value>, typed: &str) -> Result<Option<Value>, String> {
    match before {
        _ if typed == REDACTED => Err(format!("must not be {REDACTED}; leave it empty to keep it")),
        None => Ok((!typed.is_empty()).then(|| kept("", typed).into())),
        Some(value) if is_redacted(value) => Ok((!typed.is_empty()).then(|| kept("", typed).into())),
        Some(Value::String(text)) => Ok(Some(kept(text, typed)).filter(|typed| typed != text).map(Value::from)),
        Some(value) => {
            let new = parse(typed.trim().as_bytes()).map_err(|e| format!("is not JSON: {e}"))?;
            if canonical(&new) == canonical(value) {
                return Ok(None);
            }
            checked(value, new).map(Some)
        }
    }
}

fn checked(before: &Value, new: Value) -> Result<Value, String> {
    if kind(before) != kind(&new) && !before.is_null() {
        return Err(format!("must be {}, as it is", kind(before)));
    }
    if holds_null(&new, before) {
        return Err("null cannot be set inside an object here: in a merge patch it removes the key".into());
    }
    let sent = match (before, &new) {
        (Value::Object(before), Value::Object(new)) => Value::Object(difference(before, new)),
        _ => new.clone(),
    };
    match find_marker(&sent, "").is_empty() {
        true => Ok(new),
        false => Err(format!("holds {REDACTED}, which cannot be sent back; change it in the console")),
    }
}

/// What kind of JSON a value is, in people's words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Whether a merge patch towards `new` would have to set a key to null. Lists are replaced whole and may hold it.
fn holds_null(new: &Value, before: &Value) -> bool {
    let Value::Object(map) = new else {
        return false;
    };
    map.iter().any(|(key, value)| {
        let old = before.get(key);
        (value.is_null() && old != Some(value)) || holds_null(value, old.unwrap_or(&Value::Null))
    })
}

fn place(params: &mut Map<String, Value>, path: &[String], value: Value) {
    match path.split_first() {
        Some((first, [])) => {
            params.insert(first.clone(), value);
        }
        Some((first, rest)) => {
            if let Some(Value::Object(inner)) = params.get_mut(first) {
                place(inner, rest, value);
            }
        }
        None => {}
    }
}

fn difference(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let removed = before.keys().filter(|k| !after.contains_key(*k)).map(|k| (k.clone(), Value::Null));
    let changed = after.iter().filter(|(k, v)| before.get(*k) != Some(*v)).map(|(k, v)| match (before.get(k), v) {
        (Some(Value::Object(b)), Value::Object(a)) => (k.clone(), Value::Object(difference(b, a))),
        _ => (k.clone(), v.clone()),
    });
    removed.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(params: Value, values: Value) -> Result<Value, Vec<(String, String)>> {
        patch_from(params.as_object().unwrap(), values.as_object().unwrap()).map(Value::Object)
    }

    #[test]
    fn white_space_that_was_typed_is_what_is_approved() {
        for (was, typed) in [(" main", "main"), ("rm -rf build/ ", "rm -rf build/"), ("KEY", "KEY\r\n"), ("", " ")] {
            let is = typed.replace("\r\n", "\n");
            assert_eq!(patched(json!({ "t": was }), json!({ "t": typed })), Ok(json!({ "t": is })), "{was:?}");
        }
        assert_eq!(patched(json!({ "t": "a\nb\r\n" }), json!({ "t": "a\r\nb\r\n" })), Ok(json!({})));
        assert_eq!(
            patched(json!({ "n": [1, 2] }), json!({ "n": " [1,\r\n 2]" })),
            Ok(json!({})),
            "JSON's own does not count"
        );
    }

    #[test]
    fn a_number_that_a_double_would_change_cannot_be_typed() {
        let problems = patched(json!({ "amount": 1.5 }), json!({ "amount": "3526246938.98713386" })).unwrap_err();
        assert!(problems[0].1.contains("send it as a string"), "{problems:?}");
        assert_eq!(patched(json!({ "amount": 1.5 }), json!({ "amount": "1.50" })), Ok(json!({})));
    }

    #[test]
    fn a_key_that_can_mean_two_places_cannot_be_typed() {
        let params = json!({ "user.email": "a", "user": { "email": "b" } });
        let map = params.as_object().unwrap();
        assert!(is_ambiguous(map, "user.email") && !can_be_typed(map, "user.email"));
        let problems = patched(params, json!({ "user.email": "c" })).unwrap_err();
        assert_eq!(problems, [("user.email".to_owned(), TWO_PLACES.to_owned())]);
    }

    #[test]
    fn nothing_can_be_typed_below_a_hidden_value_nor_beside_one() {
        let beside = json!({ "user.email": "a", "user": REDACTED });
        let below = json!({ "user": REDACTED });
        let may = |params: &Value| can_be_typed(params.as_object().unwrap(), "user.email");
        assert!(!may(&beside) && !may(&below) && may(&json!({ "user": { "email": REDACTED } })));
        assert!(is_ambiguous(beside.as_object().unwrap(), "user.email"));
        for params in [beside, below] {
            assert!(patched(params.clone(), json!({ "user.email": "c" })).is_err(), "{params}");
        }
    }
}
