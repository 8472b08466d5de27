//! Atlassian documents: what Atlassian's own schema takes of them, what we use of it, and what they read.

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// As Atlassian publishes it: see `README.md` beside it.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("adf-schema.json")).expect("a JSON text");
    jsonschema::validator_for(&schema).expect("a JSON schema")
});

/// Jira's limit, here of the whole document.
const MAX: usize = 32_767;

/// # Errors
/// What Jira says of a document that it does not take.
pub fn check(document: &Value) -> Result<(), &'static str> {
    if document.to_string().encode_utf16().count() > MAX {
        return Err("The entered text is too long. It exceeds the allowed limit of 32,767 characters.");
    }
    let shape = document.get("type") == Some(&json!("doc")) && document.get("version") == Some(&json!(1));
    let blocks = document.get("content").and_then(Value::as_array);
    let good = shape && only(document, &["type", "version", "content"]);
    match blocks {
        Some(blocks) if good && SCHEMA.is_valid(document) && blocks.iter().all(block) => Ok(()),
        _ => Err("Operation value must be an Atlassian Document (see the Atlassian Document Format)"),
    }
}

fn block(node: &Value) -> bool {
    let inline = node.get("content").and_then(Value::as_array);
    let kind = node.get("type").and_then(Value::as_str).unwrap_or_default();
    let marks = kind == "paragraph";
    ["paragraph", "codeBlock"].contains(&kind)
        && only(node, &["type", "attrs", "content"])
        && inline.is_some_and(|all| all.iter().all(|n| text(n, marks)))
}

/// Text is never empty; in a code block it has no marks.
fn text(node: &Value, marks: bool) -> bool {
    let all = node.get("marks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let good = |m: &Value| match m.get("type").and_then(Value::as_str) {
        Some("strong") => only(m, &["type"]),
        Some("link") => m.pointer("/attrs/href").and_then(Value::as_str).is_some_and(|h| h.starts_with("http")),
        _ => false,
    };
    node.get("type") == Some(&json!("text"))
        && only(node, &["type", "text", "marks"])
        && node.get("text").and_then(Value::as_str).is_some_and(|t| !t.is_empty())
        && (all.is_empty() || marks && all.iter().all(good))
}

fn only(node: &Value, known: &[&str]) -> bool {
    node.as_object().into_iter().flat_map(Map::keys).all(|key| known.contains(&key.as_str()))
}

/// The document as Jira gives it back: with ids of its own, and attributes.
pub(super) fn stored(document: &Value) -> Value {
    let mut stored = document.clone();
    let blocks = stored.get_mut("content").and_then(Value::as_array_mut);
    for (i, block) in blocks.into_iter().flatten().enumerate() {
        if let Some(map) = block.as_object_mut() {
            map.insert("attrs".into(), json!({ "localId": format!("local-{i}") }));
        }
    }
    stored
}

/// What there is to read, one block a line.
pub(super) fn reads(document: &Value) -> String {
    let blocks = document.get("content").and_then(Value::as_array).into_iter().flatten();
    let inline = |b: &Value| b.get("content").and_then(Value::as_array).cloned().unwrap_or_default();
    let texts = blocks.map(|b| inline(b).iter().filter_map(|n| n.get("text")?.as_str().map(str::to_owned)).collect());
    texts.collect::<Vec<String>>().join("\n")
}
