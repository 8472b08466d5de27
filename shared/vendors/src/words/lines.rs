//! An approval in plain lines, for vendors that show literal text: its facts, its state and its end.

use crate::words::agent;
use domain::approval::history::{Entry, Event};
use domain::approval::{Execution, ExecutionStatus, ReasonCode};
use domain::params::visible;
use domain::{Approval, Principal, Status, Timestamp};
use url::Url;

/// The most that a fact takes; the action's name has at most 256 characters and is always whole.
const FACT: usize = 300;
/// The most of a person's words, or of an execution's result.
const WORDS: usize = 1_000;
/// The most people, acknowledgements or edits that are named; the number of the others is said.
const MOST: usize = 10;
/// The longest decision link: browsers and vendors take 2,000 characters everywhere.
const MAX_LINK: usize = 2_000;

/// How many characters a text is as a JSON string, in UTF-16 units.
pub(crate) fn weight(text: &str) -> usize {
    text.chars().map(heft).sum()
}

fn heft(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\t' => 2,
        c if c.is_control() => 6,
        c => c.len_utf16(),
    }
}

/// The text within a limit; where it is cut, the last character is an ellipsis.
pub(crate) fn cut(text: &str, max: usize) -> String {
    cut_by(text, max, heft)
}

/// The same, with another measure of a character.
pub(crate) fn cut_by(text: &str, max: usize, heft: impl Fn(char) -> usize) -> String {
    let (mut sum, mut end, mut last) = (0, 0, 0);
    for (i, c) in text.char_indices() {
        if sum + heft('…') <= max {
            last = i;
        }
        sum += heft(c);
        end = i + c.len_utf8();
        if sum > max {
            return format!("{}…", text.get(..last).unwrap_or_default());
        }
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Our word for where it stands.
pub(crate) fn headline(approval: &Approval, now: Timestamp) -> &'static str {
    match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::AwaitingPersonas, _) => "Waiting for acknowledgement",
        (Status::ReadyForApproval, _) => "Waiting for approval",
        (Status::Approved, _) => "Approved",
        (Status::Expired, _) => "Expired",
        (Status::Denied, Some(ReasonCode::Cancelled)) => "Cancelled",
        (Status::Denied, _) => "Denied",
    }
}

/// What is asked and by whom, but for the agent's long texts. Each value is one line.
pub(crate) fn facts(approval: &Approval) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Action", visible::line(&approval.action)),
        ("Agent", cut(&visible::line(approval.agent()), FACT)),
        ("Requested for (the agent's claim)", cut(&requester(approval), FACT)),
    ];
    facts.extend(origin(approval).into_iter().map(|(label, value)| (label, cut(&value, FACT))));
    facts.extend(refused_before(approval).map(|said| ("The same request", said)));
    facts.extend([
        ("Request", approval.id.to_string()),
        ("Digest", cut(&visible::line(approval.digest.as_str()), FACT)),
    ]);
    facts
}

/// Where the request comes from, as far as the agent says: each value is one line, at its full length.
pub(crate) fn origin(approval: &Approval) -> Vec<(&'static str, String)> {
    let origin = &approval.origin;
    let parent = approval.lineage.as_ref().map(|l| l.parent.to_string());
    let optional = [
        ("Repository", Some(&origin.repo)),
        ("Branch", origin.branch.as_ref()),
        ("Pull request", origin.pr.as_ref()),
        ("Task", approval.task_id.as_ref()),
        ("Asks again for", parent.as_ref()),
    ];
    let given = optional.into_iter().filter_map(|(label, value)| Some((label, value.filter(|v| !v.is_empty())?)));
    given.map(|(label, value)| (label, visible::line(value))).collect()
}

/// That a person refused the same request, as it was when this was asked.
pub(crate) fn refused_before(approval: &Approval) -> Option<String> {
    let refused = approval.refused_before.as_ref()?;
    let (ago, on) = (refused.ago(approval.created_at), moment(refused.at));
    Some(format!("refused {ago} by {} ({}, {on})", person(&refused.by), refused.approval_id))
}

fn requester(approval: &Approval) -> String {
    let claim = &approval.requester;
    let id = visible::line(&format!("{} {}", claim.source, claim.id));
    match &claim.display {
        Some(name) => format!("{} ({id})", visible::line(name)),
        None => id,
    }
}

/// How it stands: quorum, acknowledgements, edits, and the deadline or the end. Only the lines of a person's words begin with `│`.
pub(crate) fn standing(approval: &Approval, now: Timestamp) -> Vec<String> {
    let mut lines = vec![quorum(approval)];
    let acks = approval.acks.iter().take(MOST);
    lines
        .extend(acks.map(|a| format!("Acknowledged as {} by {}", cut(&visible::line(&a.persona), 100), person(&a.by))));
    let missing = approval.missing_personas();
    let open = approval.status_at(now).is_open();
    let named = missing.iter().take(MOST).filter(|_| open);
    lines.extend(named.map(|p| format!("Not acknowledged as {}", cut(&visible::line(p), 100))));
    let more = approval.acks.len().saturating_sub(MOST) + if open { missing.len().saturating_sub(MOST) } else { 0 };
    lines.extend((more > 0).then(|| format!("and {more} more personas")));
    lines.extend(edits(approval));
    match open {
        true => lines.push(format!("Expires on {}", moment(approval.expires_at))),
        false => lines.extend(ending(approval, now)),
    }
    lines.extend(approval.execution.iter().flat_map(execution));
    lines.extend(approval.superseded_by.as_ref().map(|next| format!("Asked again as {next}")));
    lines
}

fn quorum(approval: &Approval) -> String {
    let counted = format!("{} of {} approvals", approval.votes.len(), approval.required);
    match names(approval.votes.iter().map(|v| &v.by)) {
        none if none.is_empty() => counted,
        names => format!("{counted} by {names}{}", still_needed(approval)),
    }
}

/// How many approvals are missing beside those that are there, while it can still be decided.
pub(crate) fn still_needed(approval: &Approval) -> String {
    match approval.required.saturating_sub(approval.votes.len() as u64) {
        missing if missing > 0 && approval.status.is_open() => format!("; {missing} more needed"),
        _ => String::new(),
    }
}

fn edits(approval: &Approval) -> Vec<String> {
    let newest = approval.history.iter().rev().filter(|e| e.event == Event::Edited).take(2);
    let mut lines: Vec<String> = newest.map(edited).collect();
    lines.reverse();
    lines
}

/// Who changed which parameters, and when.
pub(crate) fn edited(entry: &Entry) -> String {
    let keys = entry.note.as_deref().map(visible::line).unwrap_or_default();
    format!("Edited{} on {}: {}", by(entry.by.as_ref()), moment(entry.at), cut(&keys, FACT))
}

/// How it ended, who decided and when, and below it their words.
pub(crate) fn ending(approval: &Approval, now: Timestamp) -> Vec<String> {
    let on = approval.decided_at_or_deadline(now).map(|at| format!(" on {}", moment(at))).unwrap_or_default();
    let who = match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::Approved, _) => match names(approval.votes.iter().map(|v| &v.by)) {
            none if none.is_empty() => none,
            names => format!(" by {names}"),
        },
        (Status::Expired, _) | (_, Some(ReasonCode::DeliveryFailed)) => String::new(),
        (_, Some(ReasonCode::Cancelled)) => by(ended_by(approval, Event::Cancelled)),
        _ => by(ended_by(approval, Event::Denied)),
    };
    let cause = match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::Expired, _) => ": nobody decided in time",
        (_, Some(ReasonCode::DeliveryFailed)) => ": the request could not be delivered",
        _ => "",
    };
    let mut lines = vec![format!("{}{who}{on}{cause}", headline(approval, now))];
    let reason = approval.reason.as_deref().filter(|r| !r.trim().is_empty());
    lines.extend(reason.map(|r| quoted(&cut(&visible::text(r), WORDS))));
    lines
}

fn ended_by(approval: &Approval, event: Event) -> Option<&Principal> {
    approval.history.iter().rev().find(|e| e.event == event)?.by.as_ref()
}

/// Somebody's words, each line marked, so that none can pass for one of ours.
pub(crate) fn quoted(text: &str) -> String {
    text.split('\n').map(|line| format!("│ {line}")).collect::<Vec<_>>().join("\n")
}

fn execution(execution: &Execution) -> Vec<String> {
    let stands = match execution.status {
        ExecutionStatus::Pending => "pending",
        ExecutionStatus::Succeeded => "succeeded",
        ExecutionStatus::Failed => "failed",
    };
    let mut details: Vec<String> = execution.status_code.map(|code| format!("HTTP {code}")).into_iter().collect();
    details.extend(execution.attempts.filter(|n| *n > 1).map(|n| format!("{n} attempts")));
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    let result = execution.result.as_ref().filter(|r| !r.is_null()).map(agent::pretty);
    let mut lines = vec![format!("Execution {stands}{details}")];
    lines.extend(result.map(|r| quoted(&cut(&visible::text(&r), WORDS))));
    lines
}

fn names<'a>(who: impl Iterator<Item = &'a Principal>) -> String {
    let all: Vec<&Principal> = who.collect();
    let named = all.iter().take(MOST).map(|p| person(p)).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Somebody who acted.
pub(crate) fn person(who: &Principal) -> String {
    cut(&visible::line(&who.to_string()), 100)
}

/// ` by <whom>`, where it was somebody.
pub(crate) fn by(who: Option<&Principal>) -> String {
    who.map(|p| format!(" by {}", person(p))).unwrap_or_default()
}

/// An instant, to the minute.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The decision link, where it is one that a vendor can be given.
pub(crate) fn link(link: Option<&str>) -> Option<&str> {
    let web = |l: &str| Url::parse(l).is_ok_and(|u| matches!(u.scheme(), "https" | "http") && u.has_host());
    link.filter(|l| weight(l) <= MAX_LINK && l.is_ascii() && web(l))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_keeps_the_limit_and_says_that_it_was_cut() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("a\"b", 3), "a…");
        assert_eq!(cut("😀😀", 3), "😀…");
        assert_eq!(cut("", 0), "");
        for max in 1..40 {
            assert!(weight(&cut("ab\"\n😀é\\".repeat(9).as_str(), max)) <= max, "{max}");
        }
    }

    #[test]
    fn only_a_web_address_is_a_decision_link() {
        assert!(link(Some("https://console.acme.com/d?t=1")).is_some());
        let long = format!("https://c/{}", "x".repeat(2_000));
        for bad in ["javascript:alert(1)", "mailto:a@b", "console", "https://ü.de/\u{202e}", &long] {
            assert!(link(Some(bad)).is_none(), "{bad:.40}");
        }
    }
}
