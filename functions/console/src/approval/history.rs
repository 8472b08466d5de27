//! What happened, oldest first.

use super::part::part;
use crate::page::time::{ago, exact};
use crate::page::tree;
use domain::{Approval, Entry, Event, Timestamp};
use maud::{Markup, html};

pub(super) fn history(approval: &Approval, now: Timestamp) -> Markup {
    part(
        "History",
        &html! {
            ol.timeline { @for entry in &approval.history { li { (line(entry, now)) } } }
        },
    )
}

fn line(entry: &Entry, now: Timestamp) -> Markup {
    html! {
        strong { (words(entry.event)) }
        @if let Some(by) = &entry.by { " by " code { (tree::line(&by.to_string())) } }
        @if let Some(claimed) = &entry.claimed { " for " code { (tree::line(&claimed.to_string())) } " (the agent's claim)" }
        span.hint title=(exact(entry.at)) { (ago(entry.at, now)) }
        @if let Some(next) = &entry.next { " as " a href=(format!("/console/approvals/{next}")) { (next) } }
        @if let Some(note) = &entry.note { pre.text { (tree::shown(note)) } }
        @if let Some(digest) = &entry.digest { p.hint { "digest " code.digest { (digest) } } }
    }
}

fn words(event: Event) -> &'static str {
    match event {
        Event::Requested => "Asked",
        Event::PersonaAcked => "Acknowledged",
        Event::VoteCast => "Approved, more needed",
        Event::Edited => "Edited",
        Event::Approved => "Approved",
        Event::Denied => "Denied",
        Event::Expired => "Expired",
        Event::Cancelled => "Cancelled",
        Event::Escalated => "Escalated",
        Event::Executed => "Executed",
        Event::ReRequested => "Asked again",
        Event::PersonasChanged => "Personas changed",
    }
}
