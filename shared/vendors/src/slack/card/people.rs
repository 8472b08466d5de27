//! Who has agreed, who has acknowledged, and who has changed what.

use crate::slack::block::{bold, cut, date, person, quoted, word};
use crate::words::lines::still_needed;
use domain::approval::Ack;
use domain::approval::history::{Entry, Event};
use domain::params::visible;
use domain::{Approval, Principal};
use serde_json::Value;

/// The most people, personas or edits that are named; the number of the others is said.
const MOST: usize = 10;
/// The most acknowledgements that are shown.
const MOST_ACKS: usize = 5;
/// The most edits that are shown.
const MOST_EDITS: usize = 2;

/// That a person refused the same request, as it was when this was asked.
pub(crate) fn refused_before(approval: &Approval) -> Vec<Value> {
    let Some(refused) = &approval.refused_before else { return Vec::new() };
    let said = format!("The same request was refused {} by ", refused.ago(approval.created_at));
    let on = [word(" on "), date(refused.at), word(&format!(" ({})", refused.approval_id))];
    let line = [bold(&said), person(&refused.by)].into_iter().chain(on).collect();
    vec![quoted(line, None)]
}

/// The quorum and the acknowledgements.
pub(super) fn people(approval: &Approval) -> Vec<Value> {
    let mut line = vec![bold(&format!("{} of {} approvals", approval.votes.len(), approval.required))];
    if !approval.votes.is_empty() {
        line.push(word(" by "));
        line.extend(names(approval.votes.iter().map(|v| &v.by)));
        line.extend(Some(still_needed(approval)).filter(|said| !said.is_empty()).map(|said| word(&said)));
    }
    line.extend(approval.acks.iter().take(MOST_ACKS).flat_map(acknowledged));
    if approval.acks.len() > MOST_ACKS {
        line.push(word(&format!("\nand {} more acknowledgements", approval.acks.len() - MOST_ACKS)));
    }
    vec![quoted(line, None)]
}

fn acknowledged(ack: &Ack) -> [Value; 2] {
    [word(&format!("\nAcknowledged as {} by ", cut(&visible::line(&ack.persona), 80))), person(&ack.by)]
}

/// People, with commas.
pub(super) fn names<'a>(who: impl Iterator<Item = &'a Principal>) -> Vec<Value> {
    let all: Vec<&Principal> = who.collect();
    let mut line: Vec<Value> = all.iter().take(MOST).flat_map(|p| [word(", "), person(p)]).skip(1).collect();
    if all.len() > MOST {
        line.push(word(&format!(" and {} more", all.len() - MOST)));
    }
    line
}

/// The newest edits, oldest first.
pub(super) fn edits(approval: &Approval) -> Vec<Value> {
    let newest = approval.history.iter().rev().filter(|e| e.event == Event::Edited).take(MOST_EDITS);
    let mut blocks: Vec<Value> = newest.map(edit).collect();
    blocks.reverse();
    blocks
}

fn edit(entry: &Entry) -> Value {
    let mut line = vec![bold("Edited")];
    line.extend(by(entry.by.as_ref()));
    line.extend([word(" on "), date(entry.at), word(":")]);
    let keys = entry.note.as_deref().map(visible::line).unwrap_or_default();
    quoted(line, Some(&cut(&keys, 200)))
}

/// ` by <whom>`, where it was somebody.
pub(super) fn by(who: Option<&Principal>) -> Vec<Value> {
    who.map(|p| vec![word(" by "), person(p)]).unwrap_or_default()
}
