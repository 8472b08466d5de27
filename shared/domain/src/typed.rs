//! What a person typed into the inputs of an edit, one for each override key, as a JSON Merge Patch.

use crate::json::{canonical, parse};
use crate::redact::{REDACTED, find_marker};
use serde_json::{Map, Value};

/// The value an override key points at, as it may be shown.
pub fn value_at<'a>(params: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    lookup(params, &path(params, key))
}

/// Whether an input can stand for an override key: nothing can be typed below a hidden value, nor below one that is not there.
pub fn can_be_typed(params: &Map<String, Value>, key: &str) -> bool {
    value_at(params, key).is_some() || !key.contains('.')
}

/// Whether a value is one that is hidden.
pub fn is_redacted(value: &Value) -> bool {
    value == REDACTED
}

/// The JSON Merge Patch (RFC 7396) of what differs from what was shown. A text stays a text; anything else must be JSON of the same
/// type. A hidden or absent value that is left empty stays as it is; line endings and white space around a text do not count, for
/// forms change them by themselves.
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
        let path = path(params, key);
        let before = lookup(params, &path);
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
        None => Ok((!typed.is_empty()).then(|| typed.into())),
        Some(value) if is_redacted(value) => Ok((!typed.is_empty()).then(|| typed.into())),
        Some(Value::String(text)) => Ok((same_text(text) != same_text(typed)).then(|| typed.into())),
        Some(value) => {
            let new = parse(typed.trim().as_bytes()).map_err(|e| format!("is not JSON: {e}"))?;
            if canonical(&new) == canonical(value) {
                return Ok(None);
            }
            checked(value, new).map(Some)
        }
    }
}

fn same_text(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
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

fn kind(value: &Value) -> &'static str {
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

/// Where an override key points: a literal key, dots and all, before a nested one. A key that crosses a list stops at the list.
fn path(params: &Map<String, Value>, key: &str) -> Vec<String> {
    if params.contains_key(key) {
        return vec![key.to_owned()];
    }
    for (dot, _) in key.match_indices('.') {
        let (first, rest) = (key.get(..dot).unwrap_or_default(), key.get(dot + 1..).unwrap_or_default());
        match params.get(first) {
            Some(Value::Object(inner)) => return [vec![first.to_owned()], path(inner, rest)].concat(),
            Some(Value::Array(_)) => return vec![first.to_owned()],
            _ => {}
        }
    }
    vec![key.to_owned()]
}

fn lookup<'a>(params: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = params.get(first)?;
    if rest.is_empty() { Some(value) } else { lookup(value.as_object()?, rest) }
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
