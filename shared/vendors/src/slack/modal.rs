//! The modals: everything there is to see, the reason of a refusal, and what the answer to a refused form is.
//! <https://docs.slack.dev/surfaces/modals>.

use super::block::{self, TEXT, VIEW_BLOCKS, VIEW_BUDGET, bold, boxed, plain, quoted, section};
use super::card::{facts, people};
use super::shown;
use super::subject::{CardAddress, Subject};
use domain::{Approval, Status, Timestamp, visible};
use serde_json::{Map, Value, json};

/// `callback_id` of the modal of a refusal.
pub(crate) const DENY: &str = "deny_reason";
/// `callback_id` of the modal of an edit.
pub(crate) const EDIT: &str = "edit";
/// `callback_id` of the modal that shows everything.
pub(crate) const MORE_INFO: &str = "more_info";
/// `block_id` of the input that every form has: what is wrong with the whole form is said there.
pub(crate) const DECISION: &str = "decision";
/// `action_id` of a reason.
pub(crate) const REASON: &str = "reason";
/// `action_id` of the box that must be ticked.
const AGREED: &str = "agreed";
/// The longest reason, in characters.
const MAX_REASON: usize = 1_000;

pub use super::edit::edit;

/// Who looks at a modal.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// May approve, and has not yet.
    pub may_approve: bool,
    /// Has approved: whom it still waits for, as the end of a sentence.
    pub waiting: Option<String>,
}

/// Everything there is to see. Where the card had to cut something and this does not, it can be approved here.
pub fn more_info(approval: &Approval, now: Timestamp, viewer: &Viewer) -> Value {
    let all = Everything::of(approval);
    let mut blocks = all.blocks;
    if all.missing > 0 {
        let said = format!(
            "{} characters of justification and parameters do not fit here. The console shows all of them.",
            all.missing
        );
        blocks.insert(0, section(&said));
    }
    let metadata = Subject::of(approval).metadata(None);
    let mut view = json!({
        "type": "modal", "callback_id": MORE_INFO, "title": plain("Request details", 24), "close": plain("Close", 24),
        "private_metadata": metadata,
    });
    let open = approval.status_at(now).is_open();
    if let Some(waiting) = viewer.waiting.as_ref().filter(|_| open) {
        blocks.insert(0, section(&block::cut(&format!("You approved; {}.", visible::line(waiting)), TEXT)));
    }
    let ready = approval.status_at(now) == Status::ReadyForApproval && viewer.may_approve;
    if ready && is_whole(approval) && !super::card::is_whole(approval) {
        blocks.push(agreement(&format!("I have read all of it and approve {}", visible::line(&approval.action))));
        set(&mut view, "submit", plain("Approve", 24));
    }
    set(&mut view, "blocks", blocks.into());
    view
}

/// Whether the modal shows everything an approver must have seen.
pub(crate) fn is_whole(approval: &Approval) -> bool {
    Everything::of(approval).missing == 0 && facts::is_whole(approval)
}

/// As much as a view holds.
struct Everything {
    blocks: Vec<Value>,
    bytes: usize,
    /// Characters of justification and parameters that are not there.
    missing: usize,
}

impl Everything {
    fn of(approval: &Approval) -> Self {
        let mut all = Self { blocks: Vec::new(), bytes: 0, missing: 0 };
        all.add(vec![section(&visible::line(&approval.title))]);
        all.add(people::refused_before(approval));
        all.add(facts::facts(approval));
        let why = written("Why, in the agent's words", &shown::justification(approval));
        all.missing = all.add(why) + all.add(written("Parameters", &shown::params(&approval.params)));
        if let Some(asked) = shown::asked(approval) {
            all.add(written(shown::ASKED, &asked));
        }
        if !approval.links.is_empty() {
            all.add(written("Links from the agent", &shown::links(approval)));
        }
        all
    }

    /// Adds what there is room for; the answer is the number of characters that there was none for.
    fn add(&mut self, parts: Vec<Value>) -> usize {
        let mut missing = 0;
        for part in parts {
            let bytes = self.bytes + block::bytes(&part);
            if bytes <= VIEW_BUDGET && self.blocks.len() < VIEW_BLOCKS {
                self.bytes = bytes;
                self.blocks.push(part);
            } else {
                missing += characters(&part);
            }
        }
        missing
    }
}

/// A heading in our words, and a text in as many boxes as it needs.
pub(crate) fn written(heading: &str, text: &str) -> Vec<Value> {
    let pieces = block::pieces(text, TEXT);
    let mut all: Vec<Value> = pieces.iter().skip(1).map(|p| boxed(p)).collect();
    all.insert(0, quoted(vec![bold(heading)], Some(pieces.first().map_or("—", String::as_str))));
    all
}

fn characters(block: &Value) -> usize {
    let boxes = block.get("elements").and_then(Value::as_array);
    let last = boxes.and_then(|b| b.last()).and_then(|b| b.pointer("/elements/0/text")).and_then(Value::as_str);
    last.map_or(0, |t| t.chars().count())
}

/// Asks for the reason of a refusal.
pub fn deny_reason(approval: &Approval, card: Option<&CardAddress>) -> Value {
    let input = json!({
        "type": "plain_text_input", "action_id": REASON, "multiline": true, "max_length": MAX_REASON,
        "placeholder": plain("The agent is told this", 150),
    });
    let reason = json!({ "type": "input", "block_id": DECISION, "label": plain("Reason", 2_000), "element": input });
    let title = section(&format!("You deny: {}", visible::line(&approval.title)));
    form(DENY, "Deny", "Deny", approval, card, vec![title, reason])
}

/// A form about an approval.
pub(crate) fn form(
    kind: &str,
    title: &str,
    submit: &str,
    approval: &Approval,
    card: Option<&CardAddress>,
    blocks: Vec<Value>,
) -> Value {
    json!({
        "type": "modal", "callback_id": kind, "title": plain(title, 24), "submit": plain(submit, 24), "close": plain("Go back", 24),
        "private_metadata": Subject::of(approval).metadata(card), "blocks": blocks,
    })
}

/// A box that must be ticked before the form can be sent, as a confirmation that names the action.
pub(crate) fn agreement(text: &str) -> Value {
    let option = json!({ "text": plain(text, block::OPTION_TEXT), "value": AGREED });
    let element = json!({ "type": "checkboxes", "action_id": AGREED, "options": [option] });
    json!({ "type": "input", "block_id": DECISION, "label": plain("Decision", 2_000), "element": element })
}

fn set(view: &mut Value, key: &str, value: Value) {
    if let Some(map) = view.as_object_mut() {
        map.insert(key.into(), value);
    }
}

/// The answer to a form that cannot be taken as it is: what is wrong with each override key, or under `""` with the whole.
pub fn view_errors(errors: &[(String, String)]) -> Value {
    let mut by_block: Map<String, Value> = Map::new();
    for (key, problem) in errors {
        let block = if key.is_empty() { DECISION.to_owned() } else { super::edit::block_id(key) };
        let said = by_block.get(&block).and_then(Value::as_str).map(|s| format!("{s}; ")).unwrap_or_default();
        by_block.insert(block, block::cut(&format!("{said}{}", visible::line(problem)), TEXT).into());
    }
    json!({ "response_action": "errors", "errors": by_block })
}
