//! How an approval ended: who decided, when and why, what came of it, and what follows.

use super::people::{by, names};
use crate::slack::block::{bold, cut, date, quoted, word};
use crate::words::agent;
use domain::approval::history::Event;
use domain::approval::{Execution, ExecutionStatus, ReasonCode};
use domain::params::visible;
use domain::{Approval, Principal, Status, Timestamp};
use serde_json::Value;

/// The most of a person's words, or of an execution's result, that a card shows.
const WORDS: usize = 700;

/// The end of an approval that has ended.
pub(super) fn outcome(approval: &Approval, now: Timestamp) -> Vec<Value> {
    let mut line = ending(approval, now);
    if let Some(at) = approval.decided_at_or_deadline(now) {
        line.extend([word(" on "), date(at)]);
    }
    line.extend(cause(approval, now).map(word));
    let reason = approval.reason.as_deref().map(visible::text).filter(|r| !r.trim().is_empty());
    let mut blocks = vec![quoted(line, reason.map(|r| cut(&r, WORDS)).as_deref())];
    blocks.extend(approval.execution.as_ref().map(execution));
    if let Some(next) = &approval.superseded_by {
        blocks.push(quoted(vec![bold("Asked again"), word(&format!(" as {next}"))], None));
    }
    blocks
}

fn ending(approval: &Approval, now: Timestamp) -> Vec<Value> {
    let with = |what: &str, who: Vec<Value>| [vec![bold(what)], who].concat();
    match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::Approved, _) => {
            let who = names(approval.votes.iter().map(|v| &v.by));
            with("Approved", if who.is_empty() { who } else { [vec![word(" by ")], who].concat() })
        }
        (Status::Expired, _) => with("Expired", Vec::new()),
        (_, Some(ReasonCode::Cancelled)) => with("Cancelled", by(ended_by(approval, Event::Cancelled))),
        (_, Some(ReasonCode::DeliveryFailed)) => with("Denied", Vec::new()),
        _ => with("Denied", by(ended_by(approval, Event::Denied))),
    }
}

/// Why it ended, where nobody ended it.
fn cause(approval: &Approval, now: Timestamp) -> Option<&'static str> {
    match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::Expired, _) => Some(": nobody decided in time"),
        (_, Some(ReasonCode::DeliveryFailed)) => Some(": the request could not be delivered"),
        _ => None,
    }
}

fn ended_by(approval: &Approval, event: Event) -> Option<&Principal> {
    approval.history.iter().rev().find(|e| e.event == event)?.by.as_ref()
}

fn execution(execution: &Execution) -> Value {
    let stands = match execution.status {
        ExecutionStatus::Pending => " pending",
        ExecutionStatus::Succeeded => " succeeded",
        ExecutionStatus::Failed => " failed",
    };
    let mut details = Vec::new();
    details.extend(execution.status_code.map(|code| format!("HTTP {code}")));
    details.extend(execution.attempts.filter(|n| *n > 1).map(|n| format!("{n} attempts")));
    let mut line = vec![bold("Execution"), word(stands)];
    if !details.is_empty() {
        line.push(word(&format!(" ({})", details.join(", "))));
    }
    let result = execution.result.as_ref().filter(|r| !r.is_null()).map(|result| match result {
        Value::String(text) => visible::text(text),
        other => visible::text(&agent::pretty(other)),
    });
    quoted(line, result.map(|r| cut(&r, WORDS)).as_deref())
}
