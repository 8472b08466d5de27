//! The modal of an edit, and what a person typed into it as a JSON Merge Patch.

use super::block::{self, plain, section};
use super::subject::CardAddress;
use super::{modal, shown};
use domain::json::{canonical, parse};
use domain::redact::{REDACTED, find_marker};
use domain::{Approval, visible};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Before the key, in an input's `block_id`.
const PREFIX: &str = "edit:";
/// An input's `action_id`.
const TYPED: &str = "typed";
/// The most inputs: a view has 100 blocks.
const MOST: usize = 60;

/// One input for each override key, with the value as it is shown.
pub fn edit(approval: &Approval, keys: &[String], card: Option<&CardAddress>) -> Value {
    let mut blocks = vec![section(&format!("You edit: {}", visible::line(&approval.title)))];
    let mut used = 0;
    let mut left_out = Vec::new();
    let mut seen = BTreeSet::new();
    for key in keys.iter().filter(|k| seen.insert(*k)) {
        let made =
            input(approval, key).filter(|i| blocks.len() <= MOST && used + block::bytes(i) <= block::VIEW_BUDGET);
        match made {
            Some(input) => {
                used += block::bytes(&input);
                blocks.push(input);
            }
            None => left_out.push(visible::line(key)),
        }
    }
    if !left_out.is_empty() {
        blocks.push(section(&format!("Too long to be edited here, use the console: {}", left_out.join(", "))));
    }
    blocks.push(modal::agreement(&format!("I approve {} with these values", visible::line(&approval.action))));
    modal::form(modal::EDIT, "Edit and approve", "Approve", approval, card, blocks)
}

/// `None` where an input cannot hold the value, or Slack the key.
fn input(approval: &Approval, key: &str) -> Option<Value> {
    let value = lookup(&approval.params, &path(&approval.params, key));
    let shown = match value {
        None => String::new(),
        Some(value) if is_redacted(value) => String::new(),
        Some(value) => shown::typed(value)?,
    };
    let placeholder = match value {
        None => "Not set; leave empty to keep it so",
        Some(value) if is_redacted(value) => "Hidden; leave empty to keep it",
        Some(Value::String(_)) => "Empty text",
        Some(_) => "JSON",
    };
    let mut element = json!({ "type": "plain_text_input", "action_id": TYPED, "multiline": true, "placeholder": plain(placeholder, 150) });
    if let Some(map) = element.as_object_mut().filter(|_| !shown.is_empty()) {
        map.insert("initial_value".into(), shown.as_str().into());
    }
    let id = block_id(key);
    let label = plain(&visible::line(key), 1_000);
    let mut input = json!({ "type": "input", "block_id": id, "optional": true, "label": label, "element": element });
    if let Some(map) = input.as_object_mut().filter(|_| visible::text(&shown) != shown) {
        map.insert("hint".into(), plain("The value has hidden characters; the card shows them.", 2_000));
    }
    (block::weight(&id) <= block::IDENTIFIER).then_some(input)
}

fn is_redacted(value: &Value) -> bool {
    value == REDACTED
}

/// The `block_id` of a key's input.
pub(crate) fn block_id(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// What was typed, by override key; an input that was left empty says `""`.
pub(crate) fn values(view: &Value) -> Map<String, Value> {
    let blocks = view.pointer("/state/values").and_then(Value::as_object);
    let typed = blocks.into_iter().flatten().filter_map(|(id, state)| {
        let key = id.strip_prefix(PREFIX)?;
        let text = state.get(TYPED)?.get("value").and_then(Value::as_str).unwrap_or_default();
        Some((key.to_owned(), Value::from(text)))
    });
    typed.collect()
}

/// The JSON Merge Patch (RFC 7396) of what differs from what was shown. A text stays a text; anything else must be JSON of the same
/// type. A hidden or absent value that is left empty stays as it is; line endings and white space around a text do not count, for
/// Slack changes them by itself.
///
/// # Errors
/// What is wrong, by override key.
pub fn patch_from(
    approval: &Approval,
    values: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<(String, String)>> {
    let mut errors = Vec::new();
    let mut after = approval.params.clone();
    let mut taken: Vec<Vec<String>> = Vec::new();
    for (key, typed) in values {
        let path = path(&approval.params, key);
        let before = lookup(&approval.params, &path);
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
    if errors.is_empty() { Ok(difference(&approval.params, &after)) } else { Err(errors) }
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
    text.replace("\r\n", "\n").trim().to_owned()
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
