//! The difference of two texts or values, line by line, in which white space at the ends of a line is seen: it counts.

use crate::page::tree;
use domain::params::difference::changed_keys;
use domain::params::{typed, visible};
use maud::{Markup, html};
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// How long a difference may be looked for; after that it is right, though not the shortest.
const PATIENCE: Duration = Duration::from_millis(300);

/// What differs between two sets of parameters, one part for each of them.
pub(crate) fn parameters(before: &Map<String, Value>, after: &Map<String, Value>) -> Markup {
    html! {
        @for key in &changed_keys(before, after) {
            section { p { code { (tree::line(key)) } } (change(before.get(key), after.get(key))) }
        }
    }
}

fn change(before: Option<&Value>, after: Option<&Value>) -> Markup {
    let text = |value: Option<&Value>| value.map(as_text).unwrap_or_default();
    html! {
        @if kind(before) != kind(after) { p.hint { (kind(before)) " becomes " (kind(after)) } }
        (exact_lines(&text(before), &text(after)))
    }
}

/// What a value is: `7` and `"7"` read the same, and so do nothing and an empty text.
fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "nothing",
        Some(value) if typed::is_redacted(value) => "a hidden value",
        Some(value) => typed::kind(value),
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// The difference of two texts whose hidden characters are shown already.
pub(crate) fn lines(before: &str, after: &str) -> Markup {
    drawn(before, after, |line| html! { (line.trim_end_matches('\n')) })
}

/// The difference of two texts to the letter.
fn exact_lines(before: &str, after: &str) -> Markup {
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    // Where nothing but white space differs, the ends of the lines are shown too.
    let ends = words(before) == words(after);
    drawn(before, after, |line| exact_line(line, ends))
}

fn exact_line(line: &str, ends: bool) -> Markup {
    let text = line.trim_end_matches(['\r', '\n']);
    let end = line.get(text.len()..).unwrap_or_default();
    let inner = text.trim_matches([' ', '\t']);
    let (first, last) = text.split_at(text.find(inner).filter(|_| !inner.is_empty()).unwrap_or(text.len()));
    let (inner, last) = last.split_at(inner.len().min(last.len()));
    html! {
        (space(first)) (tree::shown(inner)) (space(last))
        @if ends && !end.is_empty() { mark.hidden { @if end.contains('\r') { "␍" } @if end.contains('\n') { "⏎" } } }
    }
}

fn space(text: &str) -> Markup {
    let shown = text.replace(' ', "·").replace('\t', "⇥");
    html! { @if !shown.is_empty() { mark.hidden { (shown) } } }
}

fn drawn(before: &str, after: &str, changed: impl Fn(&str) -> Markup) -> Markup {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    html! {
        pre.diff {
            @for change in diff.iter_all_changes() {
                @match change.tag() {
                    ChangeTag::Delete => del { "− " (changed(change.value())) "\n" },
                    ChangeTag::Insert => ins { "+ " (changed(change.value())) "\n" },
                    ChangeTag::Equal => span { "  " (visible::text(change.value()).trim_end_matches('\n')) "\n" },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_that_is_one_of_kind_alone_is_told() {
        let told = |before: Value, after: Value| {
            parameters(before.as_object().unwrap(), after.as_object().unwrap()).into_string()
        };
        let of = |before: Value, after: Value| told(json!({ "k": before }), json!({ "k": after }));
        assert!(of(json!("7"), json!(7)).contains("a text becomes a number"));
        assert!(of(json!(true), json!("true")).contains("true or false becomes a text"));
        assert!(told(json!({"k": ""}), json!({})).contains("a text becomes nothing"));
        assert!(told(json!({}), json!({"k": null})).contains("nothing becomes null"));
        assert!(of(json!(domain::params::hidden::REDACTED), json!("x")).contains("a hidden value becomes a text"));
        assert!(!of(json!("a"), json!("b")).contains("becomes"));
    }
}
