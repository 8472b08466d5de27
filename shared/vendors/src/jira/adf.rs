//! The pieces of an Atlassian document that we write, and how such a document reads:
//! <https://developer.atlassian.com/cloud/jira/platform/apis/document/structure>. Nothing of it mentions, and only our link links.

use serde_json::{Value, json};
use url::Url;

/// A document.
pub(super) fn doc(content: Vec<Value>) -> Value {
    json!({ "type": "doc", "version": 1, "content": content })
}

/// A paragraph in our own words.
pub(super) fn paragraph(words: &str) -> Value {
    json!({ "type": "paragraph", "content": [text(words)] })
}

/// A heading in our own words.
pub(super) fn bold(words: &str) -> Value {
    let node = json!({ "type": "text", "text": words, "marks": [{ "type": "strong" }] });
    json!({ "type": "paragraph", "content": [node] })
}

/// A paragraph that is a link.
pub(super) fn link(words: &str, href: &str) -> Value {
    let mark = json!({ "type": "link", "attrs": { "href": href } });
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": words, "marks": [mark] }] })
}

/// Literal text of several lines, in which nothing acts.
pub(super) fn code(words: &str) -> Value {
    json!({ "type": "codeBlock", "content": [text(words)] })
}

fn text(words: &str) -> Value {
    // Jira refuses empty text, and trims what is blank.
    let words = if words.trim().is_empty() { "—" } else { words };
    json!({ "type": "text", "text": words })
}

/// One block as people read it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    kind: String,
    text: String,
    /// Where the link leads: its scheme, host and port, because the rest of the link is signed again each time.
    leads_to: Option<String>,
}

impl Block {
    /// Whether there is nothing to read.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

/// What a document says, without what Jira adds to it by itself (ids, attributes). None where it has anything that we never write: a
/// picture, a panel, a mention, text struck through.
pub(super) fn read(doc: &Value) -> Option<Vec<Block>> {
    doc.get("content")?.as_array()?.iter().map(block).collect()
}

fn block(node: &Value) -> Option<Block> {
    let kind = node.get("type")?.as_str().filter(|k| ["paragraph", "codeBlock"].contains(k))?.to_owned();
    let mut block = Block { kind, text: String::new(), leads_to: None };
    for node in node.get("content").and_then(Value::as_array).into_iter().flatten() {
        if node.get("type")? != "text" {
            return None;
        }
        block.text.push_str(node.get("text")?.as_str()?);
        for mark in node.get("marks").and_then(Value::as_array).into_iter().flatten() {
            match mark.get("type")?.as_str()? {
                "strong" => {}
                "link" => block.leads_to = Some(origin(mark.pointer("/attrs/href")?.as_str()?)?),
                _ => return None,
            }
        }
    }
    block.text = block.text.trim().to_owned();
    Some(block)
}

fn origin(href: &str) -> Option<String> {
    let url = Url::parse(href).ok().filter(|u| u.username().is_empty() && u.password().is_none())?;
    Some(url.origin().ascii_serialization())
}
