//! What a card says of an approval: the facts, the people and how it ended, each literal and of a bounded length.

use super::element::{Voice, coloured, cut, date, exact, paragraph, person, weight, written};
use crate::words::lines::{refused_before, still_needed};
use domain::approval::ReasonCode;
use domain::approval::history::Event;
use domain::params::visible;
use domain::{Approval, Principal, Status, Timestamp};
use serde_json::Value;

/// The most that the title takes of a card: it has at most 250 characters.
const TITLE: usize = 1_000;
/// The most that the action's name takes: it has at most 256 characters.
const ACTION: usize = 600;
/// The most that another fact takes.
const FACT: usize = 200;
/// The most of a person's words that a card shows.
const WORDS: usize = 1_500;
/// The most people or personas that are named; the number of the others is said.
const MOST: usize = 10;

/// The title, and where it stands.
pub(super) fn head(approval: &Approval, now: Timestamp) -> Vec<Value> {
    let title = cut(&visible::line(&approval.title), TITLE);
    let (word, colour) = match approval.status_at(now) {
        Status::AwaitingPersonas => ("Waiting for acknowledgement", "Warning"),
        Status::ReadyForApproval => ("Waiting for approval", "Warning"),
        Status::Approved => ("Approved", "Good"),
        Status::Denied if approval.reason_code == Some(ReasonCode::Cancelled) => ("Cancelled", "Attention"),
        Status::Denied => ("Denied", "Attention"),
        Status::Expired => ("Expired", "Attention"),
    };
    vec![paragraph(&[(Voice::Large, &title)]), coloured(word, colour)]
}

/// Whether the action's name is there to its end.
pub(super) fn names_action(approval: &Approval) -> bool {
    weight(&visible::line(&approval.action)) <= ACTION
}

/// The facts, a line each.
pub(super) fn facts(approval: &Approval, severity: Option<&str>) -> Vec<Value> {
    let origin = &approval.origin;
    let parent = approval.lineage.as_ref().map(|l| l.parent.to_string());
    let refused = refused_before(approval);
    let given = [
        ("The same request", refused.as_deref()),
        ("Severity", severity),
        ("Agent", Some(approval.agent())),
        ("Repository", Some(origin.repo.as_str())),
        ("Branch", origin.branch.as_deref()),
        ("Pull request", origin.pr.as_deref()),
        ("Task", approval.task_id.as_deref()),
        ("Asks again for", parent.as_deref()),
        ("Request", Some(approval.id.as_str())),
    ];
    let mut lines = vec![
        fact("Action", &approval.action, ACTION),
        fact("Requested for (the agent's claim)", &requester(approval), FACT),
    ];
    let given = given.into_iter().filter_map(|(label, value)| Some((label, value.filter(|v| !v.is_empty())?)));
    lines.extend(given.map(|(label, value)| fact(label, value, FACT)));
    lines
}

fn fact(label: &str, value: &str, max: usize) -> Value {
    let value = cut(&exact(&visible::line(value)), max);
    paragraph(&[(Voice::Bold, label), (Voice::Plain, ": "), (Voice::Exact, &value)])
}

fn requester(approval: &Approval) -> String {
    let claim = &approval.requester;
    let id = format!("{} {}", claim.source, claim.id);
    claim.display.as_ref().map_or(id.clone(), |name| format!("{name} ({id})"))
}

/// The quorum, the acknowledgements and the newest edit.
pub(super) fn people(approval: &Approval) -> Vec<Value> {
    let count = format!("{} of {} approvals", approval.votes.len(), approval.required);
    let mut voters = by(approval.votes.iter().map(|v| &v.by));
    if !voters.is_empty() {
        voters += &still_needed(approval);
    }
    let quorum = [(Voice::Bold, count.as_str()), (Voice::Plain, voters.as_str())];
    let said = quorum.get(..if voters.is_empty() { 1 } else { 2 }).unwrap_or(&quorum);
    let mut lines = vec![paragraph(said)];
    let acked = named(approval.acks.iter().map(|a| format!("{} by {}", persona(&a.persona), person(&a.by))));
    let missing = named(approval.missing_personas().into_iter().map(|p| persona(p)));
    let edit = approval.history.iter().rev().find(|e| e.event == Event::Edited);
    let edited = edit
        .map(|e| format!("{} on {}{}", e.note.as_deref().map(keys).unwrap_or_default(), date(e.at), by(e.by.iter())));
    let others = [("Acknowledged as", acked), ("Still to acknowledge", missing), ("Edited", edited)];
    let others = others.iter().filter_map(|(label, text)| Some((label, text.as_ref()?)));
    lines.extend(others.map(|(label, text)| paragraph(&[(Voice::Bold, label), (Voice::Plain, &format!(": {text}"))])));
    lines
}

fn keys(note: &str) -> String {
    cut(&visible::line(note), FACT)
}

fn persona(name: &str) -> String {
    cut(&visible::line(name), 100)
}

/// Up to ten of them, with commas; none where there is nobody.
fn named(all: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(MOST);
    let some = all.into_iter().take(MOST).collect::<Vec<_>>().join(", ");
    match (some.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(some),
        (false, more) => Some(format!("{some} and {more} more")),
    }
}

/// ` by <whom>`, where it was somebody.
pub(super) fn by<'a>(who: impl Iterator<Item = &'a Principal>) -> String {
    named(who.map(person)).map(|names| format!(" by {names}")).unwrap_or_default()
}

/// How it ended: who decided, when and why.
pub(super) fn outcome(approval: &Approval, now: Timestamp) -> Vec<Value> {
    let at = approval.decided_at_or_deadline(now).map(|at| format!(" on {}", date(at))).unwrap_or_default();
    let (what, rest) = ending(approval, now, &at);
    let mut parts = vec![paragraph(&[(Voice::Bold, what), (Voice::Plain, &rest)])];
    let reason = approval.reason.as_deref().map(visible::text).filter(|reason| !reason.trim().is_empty());
    parts.extend(reason.iter().flat_map(|reason| written("In their words", &cut(&exact(reason), WORDS))));
    if let Some(next) = &approval.superseded_by {
        parts.push(paragraph(&[(Voice::Bold, "Asked again"), (Voice::Plain, &format!(" as {next}"))]));
    }
    parts
}

fn ending(approval: &Approval, now: Timestamp, at: &str) -> (&'static str, String) {
    let ended = |event: Event| {
        let entry = approval.history.iter().rev().find(|e| e.event == event);
        format!("{}{at}.", by(entry.and_then(|e| e.by.as_ref()).into_iter()))
    };
    match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::Approved, _) => ("Approved", format!("{}{at}.", by(approval.votes.iter().map(|v| &v.by)))),
        (Status::Expired, _) => ("Expired", format!("{at}: nobody decided in time.")),
        (_, Some(ReasonCode::Cancelled)) => ("Cancelled", ended(Event::Cancelled)),
        (_, Some(ReasonCode::DeliveryFailed)) => ("Denied", format!("{at}: the request could not be delivered.")),
        _ => ("Denied", ended(Event::Denied)),
    }
}
