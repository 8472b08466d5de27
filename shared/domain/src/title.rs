//! The one line that people read first: the policy's title, filled from what may be shown.

use crate::policy::Found;
use crate::request::Ask;
use crate::visible;
use serde_json::{Map, Value};

/// A title's most characters.
const MAX_TITLE: usize = 250;

/// The policy's title with its placeholders filled from what may be shown, else `<action> requested by <whom>`.
pub(crate) fn title(ask: &Ask, found: Found<'_>, view: &Map<String, Value>) -> String {
    let whom = ask.requester.display.as_ref().unwrap_or(&ask.requester.id);
    let raw = match &found.rule.title {
        Some(template) => fill(template, view),
        None => format!("{} requested by {whom}", ask.action),
    };
    visible::cut(&visible::line(&raw), MAX_TITLE)
}

fn fill(template: &str, view: &Map<String, Value>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{params.") {
        filled.push_str(before);
        let Some((path, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        filled.push_str(&shown(lookup(view, path)));
        rest = tail;
    }
    filled + rest
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "—".into(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn lookup<'a>(map: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = map.get(path) {
        return Some(value);
    }
    let (key, rest) = path.split_once('.')?;
    lookup(map.get(key)?.as_object()?, rest)
}
