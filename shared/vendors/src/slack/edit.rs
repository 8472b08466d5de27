//! The modal of an edit, and what a person typed into it.

use super::block::{self, INITIAL_VALUE, TEXT, plain, section, weight};
use super::form::{DECISION, EDIT, agreement, form};
use super::subject::CardAddress;
use crate::words::agent::pretty;
use domain::Approval;
use domain::params::typed::{can_be_typed, is_ambiguous, is_redacted, value_at};
use domain::params::visible;
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
    for key in keys.iter().filter(|k| can_be_typed(&approval.params, k) && seen.insert(*k)) {
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
    let doubtful: Vec<String> =
        keys.iter().filter(|k| is_ambiguous(&approval.params, k)).map(|k| visible::line(k)).collect();
    if !doubtful.is_empty() {
        blocks.push(section(&format!("Can mean two places, so cannot be changed: {}", doubtful.join(", "))));
    }
    if !left_out.is_empty() {
        blocks.push(section(&format!("Too long to be edited here, use the console: {}", left_out.join(", "))));
    }
    blocks.push(agreement(&format!("I approve {} with these values", visible::line(&approval.action))));
    form(EDIT, "Edit and approve", "Approve", approval, card, blocks)
}

/// `None` where an input cannot hold the value, or Slack the key.
fn input(approval: &Approval, key: &str) -> Option<Value> {
    let value = value_at(&approval.params, key);
    let shown = match value {
        None => String::new(),
        Some(value) if is_redacted(value) => String::new(),
        Some(value) => typed(value)?,
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
    if let (Some(map), Some(hint)) = (input.as_object_mut(), hint(&shown)) {
        map.insert("hint".into(), plain(hint, 2_000));
    }
    (weight(&id) <= block::IDENTIFIER).then_some(input)
}

/// What of a value is not seen in its input, and counts.
fn hint(shown: &str) -> Option<&'static str> {
    match (visible::hides(shown), shown.trim() != shown) {
        (true, _) => Some("The value has hidden characters; the card shows them. White space counts."),
        (_, true) => Some("The value begins or ends with white space, which counts."),
        _ => None,
    }
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

/// A value as it is typed into an input: a text as it is, anything else as JSON. `None` where an input cannot hold it.
fn typed(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => pretty(other),
    };
    (weight(&text) <= INITIAL_VALUE).then_some(text)
}

/// The answer to a form that cannot be taken as it is: what is wrong with each override key, or under `""` with the whole.
pub fn view_errors(errors: &[(String, String)]) -> Value {
    let mut by_block: Map<String, Value> = Map::new();
    for (key, problem) in errors {
        let block = if key.is_empty() { DECISION.to_owned() } else { block_id(key) };
        let said = by_block.get(&block).and_then(Value::as_str).map(|s| format!("{s}; ")).unwrap_or_default();
        by_block.insert(block, block::cut(&format!("{said}{}", visible::line(problem)), TEXT).into());
    }
    json!({ "response_action": "errors", "errors": by_block })
}
