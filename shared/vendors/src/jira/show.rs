//! An approval as an issue: its summary, and a description that says all there is, or says that it does not.

use super::{DOCUMENT, LABEL, OURS, SUMMARY, adf};
use crate::connector::Notice;
use crate::words::agent;
use crate::words::lines::{self, cut, weight};
use domain::Approval;
use domain::params::visible;
use serde_json::{Value, json};

/// What is kept free of a description, in characters of its JSON: link 2,200, how it stands [`STANDING`], our own words and the blocks
/// around all of it 1,800.
const RESERVED: usize = 4_000 + STANDING;
/// The most that how it stands takes.
const STANDING: usize = 6_000;
/// The least that is shown of what was cut.
const LEAST: usize = 300;
/// What is agent as links from the agent takes at least this much, or is only counted.
const FRAME: usize = 200;
const _: () = assert!(RESERVED + 10 * LEAST < DOCUMENT);

/// The fields of a new issue.
pub(super) fn fields(notice: &Notice<'_>, project: &str, issue_type: &str) -> Value {
    json!({
        "project": { "key": project }, "issuetype": { "name": issue_type }, "summary": summary(notice.approval),
        "description": description(notice), "labels": labels(notice.approval),
    })
}

/// The labels that an issue is found by.
pub(super) fn labels(approval: &Approval) -> [String; 2] {
    [OURS.to_owned(), cut(approval.id.as_str(), LABEL)]
}

/// One line.
pub(super) fn summary(approval: &Approval) -> String {
    let line = visible::line(&approval.title);
    if line.trim().is_empty() { "—".into() } else { cut(line.trim(), SUMMARY) }
}

/// The whole description. What is asked comes before how it stands; agents' and people's words are literal.
pub(super) fn description(notice: &Notice<'_>) -> Value {
    let (approval, now) = (notice.approval, notice.now);
    let body = body(approval);
    let mut blocks = vec![adf::bold(lines::headline(approval, now))];
    if approval.status_at(now).is_open() && !body.whole {
        blocks.push(adf::paragraph(unread(notice)));
    }
    blocks.extend(lines::link(notice.link).map(|href| adf::link("Read and decide in Countersign", href)));
    blocks.push(adf::code(&facts(approval)));
    blocks.extend(body.blocks);
    blocks.push(adf::bold("How it stands"));
    blocks.push(adf::code(&cut(&lines::standing(approval, now).join("\n"), STANDING - FRAME)));
    adf::doc(blocks)
}

/// Whether a description shows everything an approver must have seen. Where it does not, moving the issue may not approve.
pub fn is_whole(approval: &Approval) -> bool {
    body(approval).whole
}

fn unread(notice: &Notice<'_>) -> &'static str {
    match lines::link(notice.link) {
        Some(_) => {
            "This is too long to be shown here to its end, so it cannot be approved by moving this issue. Open the link to read all of it, and decide there."
        }
        None => {
            "This is too long to be shown here to its end, so it cannot be approved by moving this issue. Read all of it in the console, and decide there."
        }
    }
}

fn facts(approval: &Approval) -> String {
    let facts = lines::facts(approval).into_iter().map(|(label, value)| format!("{label}: {value}"));
    facts.collect::<Vec<_>>().join("\n")
}

/// The agent's texts, and whether all that matters of them is there.
struct Body {
    blocks: Vec<Value>,
    whole: bool,
}

/// As much of justification, parameters and links as there is room for, in this order of sacrifice: links, then both others. The room
/// depends on the approval alone, so that all who ask agree on whether something was cut.
fn body(approval: &Approval) -> Body {
    let (why, params) = (agent::justification(approval), agent::params(&approval.params));
    let room = DOCUMENT.saturating_sub(RESERVED + weight(&facts(approval)));
    match room.checked_sub(weight(&why) + weight(&params)) {
        Some(left) => {
            let asked = asked(approval, left);
            let left = left.saturating_sub(asked.iter().map(|block| weight(&block.to_string())).sum());
            Body { blocks: [written(&why, &params), asked, links(approval, left)].concat(), whole: true }
        }
        None => {
            let for_why = weight(&why).min((room / 3).max(room.saturating_sub(weight(&params))));
            let for_params = room.saturating_sub(for_why).max(LEAST);
            Body { blocks: written(&cut(&why, for_why), &cut(&params, for_params)), whole: false }
        }
    }
}

fn written(why: &str, params: &str) -> Vec<Value> {
    vec![adf::bold("Why, in the agent's words"), adf::code(why), adf::bold("Parameters"), adf::code(params)]
}

fn asked(approval: &Approval, room: usize) -> Vec<Value> {
    match agent::asked(approval) {
        None => Vec::new(),
        Some(asked) if 2 * weight(&asked) + FRAME <= room => vec![adf::bold(agent::ASKED), adf::code(&asked)],
        Some(_) => vec![adf::paragraph("What was asked before it was edited is too long to be shown here.")],
    }
}

fn links(approval: &Approval, room: usize) -> Vec<Value> {
    let all = agent::links(approval);
    match approval.links.len() {
        0 => Vec::new(),
        _ if weight(&all) + FRAME <= room => vec![adf::bold("Links from the agent"), adf::code(&all)],
        n => vec![adf::paragraph(&format!("{n} links from the agent, too long to be shown here."))],
    }
}
