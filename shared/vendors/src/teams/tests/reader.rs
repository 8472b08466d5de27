//! Microsoft's own reader of Adaptive Cards, the npm package `adaptivecards`, in a process of its own.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clients/cards.cjs");

/// A reader; it ends with what it is asked through.
pub(super) struct Reader {
    asked: ChildStdin,
    said: BufReader<ChildStdout>,
    _process: Child,
}

impl Reader {
    pub(super) fn start() -> Self {
        let node = Command::new("node").arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = node.unwrap_or_else(|e| panic!("node: {e}; `make test` installs it"));
        let (asked, said) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Self { asked, said, _process: process }
    }

    /// What is wrong with the card of a message.
    pub(super) fn faults(&mut self, message: &Value) -> Value {
        writeln!(self.asked, "{}", message["attachments"][0]["content"]).expect("`make test` installs it");
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("`make test` installs it")
    }
}

#[test]
fn it_finds_what_is_no_card() {
    let mut reader = Reader::start();
    let mut faults = |content: Value| reader.faults(&json!({ "attachments": [{ "content": content }] }));
    let card = |element: Value, action: Value| json!({ "type": "AdaptiveCard", "version": "1.5", "body": [element], "actions": [action] });
    let (text, open) =
        (json!({ "type": "TextBlock", "text": "a" }), json!({ "type": "Action.OpenUrl", "url": "https://a" }));
    assert_eq!(faults(card(text.clone(), open.clone())), json!([]));
    for bad in [
        card(json!({ "type": "Text", "text": "a" }), open.clone()),
        card(json!({ "type": "TextBlock", "text": "a", "size": "Big" }), open),
        card(text.clone(), json!({ "type": "Action.OpenUrl" })),
        json!({ "type": "Card", "version": "1.5", "body": [text] }),
    ] {
        assert_ne!(faults(bad.clone()), json!([]), "{bad}");
    }
}
