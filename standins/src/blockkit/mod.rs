//! Slack's own check of Block Kit, as strict as Slack: a property it does not know, an empty list or a text too long is refused.
//! Where Slack's way of counting is not documented, the strictest is taken. Sources: <https://docs.slack.dev/reference/block-kit>.
mod elements;
mod rich;

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Why Slack refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Slack's word for it.
    pub error: &'static str,
    /// What `response_metadata.messages` says.
    pub messages: Vec<String>,
}

/// Checks the blocks of a message.
///
/// # Errors
/// As Slack refuses them.
pub fn message(blocks: &[Value]) -> Result<(), Refused> {
    let mut check = Check::default();
    if blocks.len() > 50 {
        check.fault("/blocks", "no more than 50 items allowed");
    }
    blocks.iter().enumerate().for_each(|(i, b)| check.block(b, &format!("/blocks/{i}"), false));
    let total: usize = blocks.iter().map(|b| count(&b.to_string()) + 1).sum();
    match total > 13_200 {
        true => Err(Refused { error: "msg_blocks_too_long", messages: vec![format!("{total} characters")] }),
        false => check.end("invalid_blocks"),
    }
}

/// Checks a modal.
///
/// # Errors
/// As Slack refuses it.
pub fn view(view: &Value) -> Result<(), Refused> {
    let mut check = Check::default();
    let known = [
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
    ];
    check.known(view, "", &known);
    check.is(view, "", "type", &["modal"]);
    check.text(view.get("title"), "/title", 24, true);
    ["submit", "close"].iter().filter(|k| view.get(**k).is_some()).for_each(|k| check.text(view.get(*k), k, 24, true));
    check.string(view, "", "private_metadata", 3_000, false);
    check.string(view, "", "callback_id", 255, false);
    let blocks = check.list(view, "", "blocks", 100);
    blocks.iter().enumerate().for_each(|(i, b)| check.block(b, &format!("/blocks/{i}"), true));
    let inputs = blocks.iter().any(|b| b.get("type").is_some_and(|t| t == "input"));
    if inputs && view.get("submit").is_none() {
        check.fault("/submit", "missing required field: there is an input");
    }
    let size: usize = view.to_string().chars().map(|c| if c.is_ascii() { 1 } else { 6 * c.len_utf16() }).sum();
    match size > 250_000 {
        true => Err(Refused { error: "view_too_large", messages: vec![format!("{size} bytes")] }),
        false => check.end("invalid_arguments"),
    }
}

/// Characters as UTF-16 has them, after Slack has escaped its three.
fn count(text: &str) -> usize {
    let one = |c: char| match c {
        '&' => 5,
        '<' | '>' => 4,
        c => c.len_utf16(),
    };
    text.chars().map(one).sum()
}

#[derive(Default)]
struct Check {
    faults: Vec<String>,
    actions: BTreeSet<String>,
    blocks: BTreeSet<String>,
}

impl Check {
    fn end(self, error: &'static str) -> Result<(), Refused> {
        if self.faults.is_empty() { Ok(()) } else { Err(Refused { error, messages: self.faults }) }
    }

    fn fault(&mut self, at: &str, problem: &str) {
        self.faults.push(format!("[ERROR] {problem} [json-pointer:{at}]"));
    }

    fn known(&mut self, value: &Value, at: &str, known: &[&str]) {
        let keys = value.as_object().map(Map::keys).into_iter().flatten();
        let unknown: Vec<&String> = keys.filter(|k| !known.contains(&k.as_str())).collect();
        unknown.iter().for_each(|k| self.fault(&format!("{at}/{k}"), "no more properties allowed"));
        if !value.is_object() {
            self.fault(at, "must be an object");
        }
    }

    fn is(&mut self, value: &Value, at: &str, key: &str, words: &[&str]) {
        if !value.get(key).and_then(Value::as_str).is_some_and(|w| words.contains(&w)) {
            self.fault(&format!("{at}/{key}"), &format!("must be one of {words:?}"));
        }
    }

    /// A string of 1 to `max` characters.
    fn string(&mut self, value: &Value, at: &str, key: &str, max: usize, needed: bool) {
        match value.get(key) {
            None if !needed => {}
            Some(Value::String(text)) if (1..=max).contains(&count(text)) => {}
            _ => self.fault(&format!("{at}/{key}"), &format!("must be a string of 1 to {max} characters")),
        }
    }

    fn bool(&mut self, value: &Value, at: &str, key: &str) {
        if value.get(key).is_some_and(|v| !v.is_boolean()) {
            self.fault(&format!("{at}/{key}"), "must be a boolean");
        }
    }

    /// A list of 1 to `max` items.
    fn list<'v>(&mut self, value: &'v Value, at: &str, key: &str, max: usize) -> &'v [Value] {
        let list = value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if !(1..=max).contains(&list.len()) {
            self.fault(&format!("{at}/{key}"), &format!("must be a list of 1 to {max} items"));
        }
        list
    }

    fn text(&mut self, text: Option<&Value>, at: &str, max: usize, plain_only: bool) {
        let Some(text) = text else {
            return self.fault(at, "missing required field");
        };
        match text.get("type").and_then(Value::as_str) {
            Some("plain_text") => self.known(text, at, &["type", "text", "emoji"]),
            Some("mrkdwn") if !plain_only => self.known(text, at, &["type", "text", "verbatim"]),
            _ => self.fault(&format!("{at}/type"), "must be plain_text, or mrkdwn where that is allowed"),
        }
        self.bool(text, at, "emoji");
        self.string(text, at, "text", max, true);
        if text.get("text").and_then(Value::as_str).is_some_and(|t| t.trim().is_empty()) {
            self.fault(at, "must not be blank");
        }
    }

    fn block(&mut self, block: &Value, at: &str, in_view: bool) {
        self.string(block, at, "block_id", 255, false);
        let id = block.get("block_id").and_then(Value::as_str);
        if id.is_some_and(|id| !self.blocks.insert(id.to_owned())) {
            self.fault(&format!("{at}/block_id"), "block_id already exists");
        }
        match block.get("type").and_then(Value::as_str).unwrap_or_default() {
            "header" => {
                self.known(block, at, &["type", "text", "block_id"]);
                self.text(block.get("text"), &format!("{at}/text"), 150, true);
            }
            "divider" => self.known(block, at, &["type", "block_id"]),
            "section" => self.section(block, at),
            "context" => {
                self.known(block, at, &["type", "elements", "block_id"]);
                let elements = self.list(block, at, "elements", 10);
                elements
                    .iter()
                    .enumerate()
                    .for_each(|(i, e)| self.text(Some(e), &format!("{at}/elements/{i}"), 3_000, false));
            }
            "actions" => {
                self.known(block, at, &["type", "elements", "block_id"]);
                let elements = self.list(block, at, "elements", 25);
                elements
                    .iter()
                    .enumerate()
                    .for_each(|(i, e)| self.element(e, &format!("{at}/elements/{i}"), &["button", "checkboxes"]));
            }
            "input" if in_view => self.input(block, at),
            "rich_text" => self.rich_text(block, at),
            other => self.fault(&format!("{at}/type"), &format!("unsupported type: {other}")),
        }
    }

    fn section(&mut self, block: &Value, at: &str) {
        self.known(block, at, &["type", "text", "fields", "block_id", "accessory", "expand"]);
        if block.get("fields").is_some() {
            let fields = self.list(block, at, "fields", 10);
            fields.iter().enumerate().for_each(|(i, f)| self.text(Some(f), &format!("{at}/fields/{i}"), 2_000, false));
        }
        if block.get("text").is_some() || block.get("fields").is_none() {
            self.text(block.get("text"), &format!("{at}/text"), 3_000, false);
        }
    }

    fn input(&mut self, block: &Value, at: &str) {
        self.known(block, at, &["type", "label", "element", "hint", "optional", "dispatch_action", "block_id"]);
        self.text(block.get("label"), &format!("{at}/label"), 2_000, true);
        if block.get("hint").is_some() {
            self.text(block.get("hint"), &format!("{at}/hint"), 2_000, true);
        }
        self.bool(block, at, "optional");
        match block.get("element") {
            Some(element) => self.element(element, &format!("{at}/element"), &["plain_text_input", "checkboxes"]),
            None => self.fault(at, "missing required field: element"),
        }
    }
}
