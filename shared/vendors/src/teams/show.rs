//! The messages about an approval, within Teams' limits. A posted card cannot be edited, so each change that matters is another card.

use super::card::{by, facts, head, names_action, outcome, people};
use super::element::{Voice, cost, cut, date, exact, paragraph, weight, written};
use super::{CARD_VERSION, MAX_LINK, MESSAGE_BUDGET};
use crate::connector::Notice;
use crate::words::agent;
use domain::delivery::address::{Address, LastMessage};
use domain::{Approval, Entry, Event, Timestamp};
use serde_json::{Value, json};

/// What the boxes around the agent's texts, and the sentences about what was cut, count for at most.
const FRAMES: usize = 1_800;
/// The least that is shown of what was cut.
const LEAST: usize = 300;
/// After the number of what was seen, where that was the end.
const ENDED: &str = "/ended";

/// What was posted last: up to which change, and whether that was the end. Stored as the address of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostedUpTo {
    /// The number of the newest change that was posted.
    pub seq: u64,
    /// Whether the end was posted.
    pub ended: bool,
}

impl PostedUpTo {
    /// What there is to be seen at an instant.
    pub fn of(approval: &Approval, now: Timestamp) -> Self {
        Self { seq: approval.seq_at(now), ended: !approval.status_at(now).is_open() }
    }

    /// As it was kept; a garbled one has seen nothing since the asking.
    pub fn at(address: &Address) -> Self {
        let told = LastMessage::at(address);
        let text = told.as_ref().map(|LastMessage(last)| last.as_str()).unwrap_or_default();
        let number = text.strip_suffix(ENDED);
        Self { seq: number.unwrap_or(text).parse().unwrap_or_default(), ended: number.is_some() }
    }

    /// As it is kept.
    pub fn told(self) -> Address {
        let ended = if self.ended { ENDED } else { "" };
        LastMessage(format!("{}{ended}", self.seq)).into()
    }
}

/// The next message, if any: the request itself, then every change of what is asked, then the end, once. Votes and acknowledgements appear
/// in the message of the end.
pub fn due(notice: &Notice<'_>, before: Option<PostedUpTo>) -> Option<Value> {
    let now = PostedUpTo::of(notice.approval, notice.now);
    match before {
        None => Some(message(notice, None)),
        Some(seen) if seen.ended => None,
        Some(_) if now.ended => Some(message(notice, None)),
        Some(seen) => changed(notice.approval, seen.seq).map(|entry| message(notice, Some(entry))),
    }
}

/// The newest change since then of what is asked.
fn changed(approval: &Approval, since: u64) -> Option<&Entry> {
    let asks_anew =
        |e: &&Entry| e.seq > since && matches!(e.event, Event::Edited | Event::Escalated | Event::PersonasChanged);
    approval.history.iter().rev().find(asks_anew)
}

/// The approval as it is at an instant, with the change that caused the message, if there is one.
pub fn message(notice: &Notice<'_>, change: Option<&Entry>) -> Value {
    let Notice { approval, now, .. } = *notice;
    match approval.status_at(now).is_open() {
        true => asked(notice, change),
        false => {
            let parts = [head(approval, now), outcome(approval, now), facts(approval, notice.severity)].concat();
            posted(parts, actions(notice.link, "Open the request"))
        }
    }
}

/// A message that is clearly a test.
pub fn test_message() -> Value {
    let said = "This is a test of the connector. Nothing is asked, and nobody needs to do anything.";
    posted(vec![paragraph(&[(Voice::Large, "Test")]), paragraph(&[(Voice::Plain, said)])], Vec::new())
}

fn asked(notice: &Notice<'_>, change: Option<&Entry>) -> Value {
    let Notice { approval, now, .. } = *notice;
    let before: Vec<Value> = change
        .map(replacement)
        .into_iter()
        .chain(head(approval, now))
        .chain(facts(approval, notice.severity))
        .collect();
    let expires = paragraph(&[(Voice::Bold, "Expires"), (Voice::Plain, &format!(" on {}", date(approval.expires_at)))]);
    let after: Vec<Value> = people(approval).into_iter().chain([expires]).collect();
    let actions = actions(notice.link, "Open to decide");
    let taken = cost(&posted([before.clone(), after.clone()].concat(), actions.clone()));
    let body = body(approval, MESSAGE_BUDGET.saturating_sub(taken + FRAMES), notice.link.is_some());
    posted([before, body, after].concat(), actions)
}

/// Said first on a card that another one was posted before.
fn replacement(entry: &Entry) -> Value {
    let what = match entry.event {
        Event::Edited => "The request was edited",
        Event::PersonasChanged => "The policy changed who must acknowledge",
        _ => "The request was escalated",
    };
    let rest = format!("{} on {}. This card replaces the one before.", by(entry.by.iter()), date(entry.at));
    paragraph(&[(Voice::Bold, what), (Voice::Plain, &rest)])
}

/// As much of justification, parameters and links as there is room for, in this order of sacrifice: links, then both others.
fn body(approval: &Approval, room: usize, linked: bool) -> Vec<Value> {
    let (why, params) = (exact(&agent::justification(approval)), exact(&agent::params(&approval.params)));
    let taken = weight(&why) + weight(&params);
    match room.checked_sub(taken) {
        Some(left) if names_action(approval) => {
            let asked = asked_first(approval, left);
            let left = left.saturating_sub(asked.iter().map(cost).sum());
            [texts(&why, &params), asked, links(approval, left)].concat()
        }
        _ => {
            let room = room.max(2 * LEAST);
            let for_why = weight(&why).min((room / 3).max(room.saturating_sub(weight(&params))));
            let (why, params) = (cut(&why, for_why), cut(&params, room.saturating_sub(for_why).max(LEAST)));
            let mut all = texts(&why, &params);
            all.insert(0, unread(linked));
            all
        }
    }
}

fn texts(why: &str, params: &str) -> Vec<Value> {
    [written("Why, in the agent's words", why), written("Parameters", params)].concat()
}

fn unread(linked: bool) -> Value {
    let said = match linked {
        true => {
            "This is too long to be shown here to its end. Open the link below to read all of it before you decide."
        }
        false => "This is too long to be shown here to its end. Read all of it in the console before you decide.",
    };
    paragraph(&[(Voice::Bold, said)])
}

/// What was asked for, where an edit changed it and there is room.
fn asked_first(approval: &Approval, room: usize) -> Vec<Value> {
    let said = "What was asked before it was edited is not shown here.";
    match agent::asked(approval).map(|asked| written(agent::ASKED, &exact(&asked))) {
        None => Vec::new(),
        Some(parts) if parts.iter().map(cost).sum::<usize>() <= room => parts,
        Some(_) => vec![paragraph(&[(Voice::Plain, said)])],
    }
}

/// As text: what an agent links to is never clickable.
fn links(approval: &Approval, room: usize) -> Vec<Value> {
    let all = exact(&agent::links(approval));
    match approval.links.len() {
        0 => Vec::new(),
        _ if weight(&all) <= room => written("Links from the agent (not checked)", &all),
        n => vec![paragraph(&[(Voice::Plain, &format!("{n} links from the agent are not shown here."))])],
    }
}

/// The decision link, and no other.
fn actions(link: Option<&str>, title: &str) -> Vec<Value> {
    let good = |link: &&str| {
        link.len() <= MAX_LINK && url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
    };
    let action = |link| json!({ "type": "Action.OpenUrl", "title": title, "url": link });
    link.filter(good).map(action).into_iter().collect()
}

fn posted(body: Vec<Value>, actions: Vec<Value>) -> Value {
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": CARD_VERSION, "body": body,
    });
    if let Some(map) = card.as_object_mut().filter(|_| !actions.is_empty()) {
        map.insert("actions".into(), actions.into());
    }
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card,
    });
    json!({ "type": "message", "attachments": [attachment] })
}
