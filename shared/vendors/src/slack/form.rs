//! What the forms have in common: their names, the box that must be ticked, and the answer to a form that cannot be taken.

use super::block::{self, plain};
use super::subject::{CardAddress, Subject};
use domain::Approval;
use serde_json::{Value, json};

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
