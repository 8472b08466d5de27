//! The modals: everything there is to see, the reason of a refusal, and what the answer to a refused form is.
//! <https://docs.slack.dev/surfaces/modals>.

use super::block::{self, TEXT, plain, section};
use super::card::everything::{Everything, is_whole};
use super::form::{DECISION, DENY, MORE_INFO, REASON, agreement, form};
use super::subject::{CardAddress, Subject};
use domain::params::visible;
use domain::{Approval, Status, Timestamp};
use serde_json::{Value, json};

/// The longest reason, in characters.
const MAX_REASON: usize = 1_000;

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

/// Asks for the reason of a refusal.
pub fn deny_reason(approval: &Approval, card: Option<&CardAddress>) -> Value {
    let input = json!({
        "type": "plain_text_input", "action_id": REASON, "multiline": true, "max_length": MAX_REASON,
        "placeholder": plain("The agent gets this text", 150),
    });
    let reason = json!({ "type": "input", "block_id": DECISION, "label": plain("Reason", 2_000), "element": input });
    let title = section(&format!("You deny: {}", visible::line(&approval.title)));
    form(DENY, "Deny", "Deny", approval, card, vec![title, reason])
}

fn set(view: &mut Value, key: &str, value: Value) {
    if let Some(map) = view.as_object_mut() {
        map.insert(key.into(), value);
    }
}
