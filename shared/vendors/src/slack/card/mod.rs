//! The card: one message that shows an approval as it is, with the buttons that still make sense.

mod buttons;
pub(crate) mod everything;
pub(crate) mod facts;
mod options;
mod outcome;
pub(crate) mod people;

pub use options::CardOptions;

use super::block::{self, MESSAGE_BUDGET, bold, header, quoted, section, weight};
use super::written::written;
use crate::words::agent;
use domain::approval::ReasonCode;
use domain::params::visible;
use domain::{Approval, Status, Timestamp};
use serde_json::Value;

/// What is kept free: deadline, buttons and their sentence take at most 3,200 (2,200 while personas are missing), an outcome 3,700.
const RESERVED: usize = 3_200;
/// What boxes and headings around the agent's texts take at most.
const FRAMES: usize = 1_100;
/// The least that is shown of what was cut.
const LEAST: usize = 300;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// For notifications and screen readers; escaped.
    pub text: String,
    /// Block Kit.
    pub blocks: Vec<Value>,
}

/// The approval as it is at an instant.
pub fn card(approval: &Approval, options: &CardOptions, now: Timestamp) -> Card {
    let status = approval.status_at(now);
    let body = body(approval);
    let mut blocks = head(approval, status);
    blocks.extend(body.blocks);
    blocks.extend(people::people(approval));
    blocks.extend(people::edits(approval));
    match status.is_open() {
        true => blocks.extend(buttons::open(approval, options, body.whole)),
        false => {
            blocks.extend(outcome::outcome(approval, now));
            blocks.extend(buttons::ended(approval, options, status));
        }
    }
    Card { text: fallback(approval, status), blocks }
}

/// Whether a card shows everything an approver must have seen.
pub(crate) fn is_whole(approval: &Approval) -> bool {
    body(approval).whole
}

/// Our word for where it stands.
fn headline(approval: &Approval, status: Status) -> &'static str {
    match status {
        Status::AwaitingPersonas => "Waiting for acknowledgement",
        Status::ReadyForApproval => "Waiting for approval",
        Status::Approved => "Approved",
        // Nobody denied the request. A person who reads only this line must not take it for a decision.
        Status::Denied if approval.reason_code == Some(ReasonCode::Cancelled) => "Cancelled",
        Status::Denied => "Denied",
        Status::Expired => "Expired",
    }
}

fn head(approval: &Approval, status: Status) -> Vec<Value> {
    let title = visible::line(&approval.title);
    let mut blocks = vec![header(&title)];
    if weight(&title) > block::HEADER {
        blocks.push(section(&block::cut(&title, 4 * block::HEADER)));
    }
    blocks.push(quoted(vec![bold(headline(approval, status))], None));
    blocks.extend(people::refused_before(approval));
    blocks.extend(facts::facts(approval));
    blocks
}

/// The agent's texts, and whether all that matters of them is there.
struct Body {
    blocks: Vec<Value>,
    whole: bool,
}

/// As much of justification, parameters and links as there is room for, in this order of sacrifice: links, then both others.
/// The room depends on the approval alone, so that card and modal agree on whether something was cut.
fn body(approval: &Approval) -> Body {
    let (why, params) = (agent::justification(approval), agent::params(&approval.params));
    let room = room(approval);
    let written =
        |why: &str, params: &str| [written("Why, in the agent's words", why), written("Parameters", params)].concat();
    let whole = written(&why, &params);
    let left = room.checked_sub(cost(&whole)).filter(|_| facts::is_whole(approval));
    match left {
        Some(left) => {
            let links = links(approval, left);
            Body { blocks: [whole, links].concat(), whole: true }
        }
        None => {
            let room = room.saturating_sub(FRAMES).max(2 * LEAST);
            let for_why = weight(&why).min((room / 3).max(room.saturating_sub(weight(&params))));
            let cut = written(&block::cut(&why, for_why), &block::cut(&params, (room - for_why).max(LEAST)));
            Body { blocks: cut, whole: false }
        }
    }
}

fn room(approval: &Approval) -> usize {
    let mut fixed =
        [head(approval, Status::AwaitingPersonas), people::people(approval), people::edits(approval)].concat();
    fixed.extend(buttons::checkboxes(approval));
    MESSAGE_BUDGET.saturating_sub(RESERVED + cost(&fixed))
}

fn cost(blocks: &[Value]) -> usize {
    blocks.iter().map(block::cost).sum()
}

fn links(approval: &Approval, room: usize) -> Vec<Value> {
    let all = written("Links from the agent", &agent::links(approval));
    match approval.links.len() {
        0 => Vec::new(),
        _ if cost(&all) <= room => all,
        n if room >= LEAST => vec![section(&format!("{n} links from the agent: see “More info”."))],
        _ => Vec::new(),
    }
}

/// The fallback is markup: escaped, it mentions and links nothing (<https://docs.slack.dev/messaging/formatting-message-text>).
fn fallback(approval: &Approval, status: Status) -> String {
    let title = visible::cut(&visible::line(&approval.title), 250);
    format!("{}: {}", headline(approval, status), escaped(&title))
}

/// Text in which no character is markup.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
