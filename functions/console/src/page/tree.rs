//! A JSON value as a tree that people read. Nothing is cut, hidden characters are shown, and a text looks different from a number or
//! another value.

use domain::params::hidden::REDACTED;
use domain::params::json::canonical;
use domain::params::visible;
use maud::{Markup, html};
use serde_json::{Map, Value};

/// The fields of an object.
pub(crate) fn fields(map: &Map<String, Value>) -> Markup {
    html! {
        @if map.is_empty() { p.none { "(none)" } }
        @else {
            dl.tree { @for (name, value) in map { dt { (shown(name)) } dd { (tree(value)) } } }
        }
    }
}

fn tree(value: &Value) -> Markup {
    match value {
        Value::Object(map) if !map.is_empty() => {
            html! { dl.tree { @for (k, v) in map { dt { (shown(k)) } dd { (tree(v)) } } } }
        }
        // A list without texts is as readable in one line.
        Value::Array(list)
            if !list.is_empty() && list.iter().any(|v| v.is_string() || v.is_object() || v.is_array()) =>
        {
            html! { ol.tree start="0" { @for v in list { li { (tree(v)) } } } }
        }
        leaf => self::leaf(leaf),
    }
}

/// A text as it is, whatever else there is as JSON.
pub(crate) fn leaf(value: &Value) -> Markup {
    match value {
        Value::String(text) if text == REDACTED => html! { span.redacted title="hidden by the policy" { (text) } },
        Value::String(text) if text.is_empty() => html! { span.none { "(empty text)" } },
        Value::String(text) => html! { pre.text { (shown(text)) } },
        other => html! { code.json { (visible::text(&String::from_utf8_lossy(&canonical(other)))) } },
    }
}

/// A text, its hidden characters marked.
pub(crate) fn shown(text: &str) -> Markup {
    marks(&text.replace("\r\n", "\n"), &visible::text(text))
}

/// The same on one line.
pub(crate) fn line(text: &str) -> Markup {
    marks(text, &visible::line(text))
}

/// Where nothing was hidden, whatever looks like a mark was written so.
fn marks(text: &str, marked: &str) -> Markup {
    if marked == text {
        return html! { (marked) };
    }
    // One element for a run of them: a text of nothing else must still fit an answer.
    let mut rest = marked;
    let mut parts = Vec::new();
    while let Some(at) = rest.find("⟨U+") {
        let (before, from) = rest.split_at(at);
        let run: usize = from.split_inclusive('⟩').take_while(|part| part.starts_with("⟨U+")).map(str::len).sum();
        let (hidden, after) = from.split_at(run);
        parts.push(html! { (before) mark.hidden { (hidden) } });
        rest = after;
    }
    html! { @for part in parts { (part) } (rest) }
}

/// The whole as JSON, hidden characters shown.
pub(crate) fn raw(map: &Map<String, Value>) -> Markup {
    let text = serde_json::to_string_pretty(map).unwrap_or_default();
    html! { pre.raw { (visible::text(&text)) } }
}
