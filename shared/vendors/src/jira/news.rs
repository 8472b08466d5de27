//! The comments: what happened since the issue last said something, who did it, and a mark by which it is said once.

use super::{DOCUMENT, adf};
use crate::words::lines::{self, cut};
use domain::approval::history::{Entry, Event};
use domain::params::visible;
use domain::{Approval, Timestamp};
use serde_json::Value;

/// At most so many changes in one comment, the newest; the description has the rest.
const MOST: usize = 10;
/// The most that one of them takes.
const LONGEST: usize = 2_500;
const _: () = assert!(MOST * LONGEST + 2_000 < DOCUMENT);

/// One thing that a comment says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    /// The event's id, or `<approval>/end`.
    pub mark: String,
    /// Lines of literal text.
    pub said: String,
}

/// Edits, escalations and changes of the personas after an entry of the history, and the end.
pub(super) fn news(approval: &Approval, now: Timestamp, after: u64) -> Vec<News> {
    let new = approval.history.iter().filter(|e| e.seq > after);
    let mut all: Vec<News> = new.filter_map(|e| entry(approval, e)).collect();
    if !approval.status_at(now).is_open() {
        all.push(News { mark: end(approval), said: cut(&lines::ending(approval, now).join("\n"), LONGEST) });
    }
    all.split_off(all.len().saturating_sub(MOST))
}

/// The mark of the end.
pub(super) fn end(approval: &Approval) -> String {
    format!("{}/end", approval.id)
}

fn entry(approval: &Approval, entry: &Entry) -> Option<News> {
    let said = match entry.event {
        Event::Edited => format!("{}\nThe description shows the parameters as they are now.", lines::edited(entry)),
        Event::Escalated => {
            let note = entry.note.as_deref().map(|n| format!(": {}", visible::line(n))).unwrap_or_default();
            format!("Escalated{} on {}{note}", lines::by(entry.by.as_ref()), lines::moment(entry.at))
        }
        Event::PersonasChanged => {
            let note = entry.note.as_deref().map(visible::line).unwrap_or_default();
            format!("Personas changed on {}: {note}", lines::moment(entry.at))
        }
        _ => return None,
    };
    Some(News { mark: format!("{}/{}", approval.id, entry.seq), said: cut(&said, LONGEST) })
}

/// A comment of news, with a sentence of ours above it.
pub(super) fn comment(news: &[News], above: Option<&str>) -> Value {
    let marks: Vec<&str> = news.iter().map(|n| n.mark.as_str()).collect();
    let said: Vec<&str> = news.iter().map(|n| n.said.as_str()).collect();
    let mut blocks: Vec<Value> = above.map(adf::paragraph).into_iter().collect();
    blocks.extend([adf::code(&said.join("\n")), adf::paragraph(&format!("Countersign: {}", marks.join(" ")))]);
    adf::doc(blocks)
}

/// Whether a comment has a mark. Its text is read loosely: Jira may have put anything around it.
pub(super) fn has(comment: &Value, mark: &str) -> bool {
    match comment {
        Value::String(text) => text.split_whitespace().any(|word| word == mark),
        Value::Array(items) => items.iter().any(|item| has(item, mark)),
        Value::Object(map) => map.iter().any(|(key, value)| (key == "text" || key == "content") && has(value, mark)),
        _ => false,
    }
}
