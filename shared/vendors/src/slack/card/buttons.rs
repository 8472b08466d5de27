//! What can still be done: the deadline, the checkboxes of the personas and the buttons.

use super::everything;
use super::options::CardOptions;
use crate::slack::block::{self, bold, button, cut, date, plain, quoted, section, weight, word};
use crate::slack::subject::Subject;
use domain::params::visible;
use domain::{Approval, Status};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The longest console address that a card has room for.
const MAX_CONSOLE_URL: usize = 600;
/// The longest persona's name that a checkbox carries.
const MAX_PERSONA: usize = 100;
const _: () = assert!(MAX_CONSOLE_URL <= block::BUTTON_URL && MAX_PERSONA <= block::OPTION_VALUE);

/// Below an open approval.
pub(super) fn open(approval: &Approval, options: &CardOptions, whole: bool) -> Vec<Value> {
    let mut blocks = vec![quoted(vec![bold("Expires"), word(" on "), date(approval.expires_at)], None)];
    if !whole {
        blocks.push(section(unread(approval)));
    }
    blocks.extend(checkboxes(approval));
    blocks.push(actions(approval, options, whole));
    blocks
}

/// Below a dead one: it can be asked again, once.
pub(super) fn ended(approval: &Approval, options: &CardOptions, status: Status) -> Option<Value> {
    let dead = matches!(status, Status::Denied | Status::Expired);
    let again = dead && options.re_requestable && approval.superseded_by.is_none();
    let value = Subject::of(approval).value();
    again.then(|| json!({ "type": "actions", "elements": [button("re_request", "Request again", &value)] }))
}

fn unread(approval: &Approval) -> &'static str {
    match everything::is_whole(approval) {
        true => {
            "This is too long to be shown here to its end, so it cannot be approved here. Open “More info” to read all of it and decide there, or decide in the console."
        }
        false => {
            "This is too long to be shown in Slack, so it cannot be approved in Slack. Read all of it in the console and decide there."
        }
    }
}

/// The personas that have not acknowledged. Slack asks for a new `block_id` whenever a message changes, else it keeps old ticks.
pub(super) fn checkboxes(approval: &Approval) -> Option<Value> {
    let missing: BTreeSet<&String> = approval.missing_personas().into_iter().collect();
    let fits = missing.into_iter().filter(|p| !p.is_empty() && weight(p) <= MAX_PERSONA);
    let option = |p: &String| json!({ "text": plain(&label(p), block::OPTION_TEXT), "value": p });
    let options: Vec<Value> = fits.take(block::OPTIONS).map(option).collect();
    if options.is_empty() {
        return None;
    }
    let id = format!("persona_ack|{}|{}", Subject::of(approval).value(), approval.version);
    let element = json!({ "type": "checkboxes", "action_id": "persona_ack", "options": options });
    Some(json!({ "type": "actions", "block_id": id, "elements": [element] }))
}

fn label(persona: &str) -> String {
    format!("Acknowledge as {}", visible::line(persona))
}

fn actions(approval: &Approval, options: &CardOptions, whole: bool) -> Value {
    let value = Subject::of(approval).value();
    let approvable = whole && approval.missing_personas().is_empty();
    let mut all = Vec::new();
    if approvable {
        all.push(approve(approval, &value));
    }
    if approvable && options.editable {
        all.push(button("approve_edit", "Edit and approve…", &value));
    }
    all.push(styled(button("deny", "Deny", &value), "danger"));
    all.push(button("deny_with_reason", "Deny with a reason…", &value));
    all.push(button("more_info", "More info", &value));
    all.extend(options.console_url.as_deref().and_then(|url| console(url, &value)));
    json!({ "type": "actions", "elements": all })
}

fn approve(approval: &Approval, value: &str) -> Value {
    let asked = format!("You approve {}", cut(&visible::line(&approval.action), block::CONFIRM_TEXT - 20));
    let confirm = json!({
        "title": plain("Approve this request?", 100),
        "text": plain(&asked, block::CONFIRM_TEXT),
        "confirm": plain("Approve", 30),
        "deny": plain("Go back", 30),
    });
    let mut button = styled(button("approve", "Approve", value), "primary");
    if let Some(map) = button.as_object_mut() {
        map.insert("confirm".into(), confirm);
    }
    button
}

fn styled(mut button: Value, style: &str) -> Value {
    if let Some(map) = button.as_object_mut() {
        map.insert("style".into(), style.into());
    }
    button
}

/// Slack reports a followed link like any click, signed by the card's own app. The value says whose secret that is.
fn console(url: &str, value: &str) -> Option<Value> {
    let good = (1..=MAX_CONSOLE_URL).contains(&weight(url)) && url::Url::parse(url).is_ok();
    good.then(|| {
        let text = plain("Open the console", 75);
        json!({ "type": "button", "action_id": "open_console", "text": text, "url": url, "value": value })
    })
}
