//! What people see: messages with all their versions, words to one person, and modals.

use serde_json::Value;

/// One message, as of when it was asked for.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its channel.
    pub channel: String,
    /// Its name within the channel.
    pub ts: String,
    /// Every version, oldest first.
    pub versions: Vec<Version>,
}

/// What a message said.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// The fallback.
    pub text: String,
    /// Block Kit.
    pub blocks: Vec<Value>,
}

impl Message {
    /// What it says now.
    pub fn latest(&self) -> Version {
        self.versions.last().cloned().unwrap_or_default()
    }

    /// The `action_id`s it offers now, in order.
    pub fn actions(&self) -> Vec<String> {
        elements(&self.latest().blocks).filter_map(|e| Some(e.get("action_id")?.as_str()?.to_owned())).collect()
    }

    /// Everything there is to read on it now, one text a line.
    pub fn reads(&self) -> String {
        texts(&Value::Array(self.latest().blocks)).join("\n")
    }
}

/// A message that one person alone sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ephemeral {
    /// In which channel.
    pub channel: String,
    /// Who.
    pub user: String,
    /// What.
    pub text: String,
}

/// A modal that was opened.
#[derive(Clone, Debug)]
pub struct View {
    /// For whom.
    pub user: String,
    /// The view.
    pub view: Value,
}

/// The elements of all actions blocks.
pub(super) fn elements(blocks: &[Value]) -> impl Iterator<Item = &Value> {
    blocks
        .iter()
        .filter(|b| b.get("type").is_some_and(|t| t == "actions"))
        .flat_map(|b| b.get("elements").and_then(Value::as_array))
        .flatten()
}

/// Every string under a key `text` or a person's id, in order.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, v)| match v {
                Value::String(s) if key == "text" || key == "user_id" || key == "fallback" => vec![s.clone()],
                Value::String(_) => Vec::new(),
                other => texts(other),
            })
            .collect(),
        _ => Vec::new(),
    }
}
