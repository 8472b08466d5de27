//! What will be done, for whom and why, in the agent's words, and by which rule it is asked.

use super::part::part;
use crate::page::difference;
use crate::page::time::{ago, at, left};
use crate::page::tree;
use app::look::explain_approval::Governing;
use domain::{Approval, ReasonCode, Status, Timestamp};
use maud::{Markup, html};
use serde_json::{Map, Value};

/// The title, and how it stands.
pub(super) fn heading(approval: &Approval, now: Timestamp) -> Markup {
    let status = approval.status_at(now);
    html! {
        header.heading {
            h1 { (tree::line(&approval.title)) }
            p.state {
                span.chip.(class(approval, now)) { (headline(approval, now)) }
                @if status.is_open() { span.chip { (left(approval.expires_at, now)) } }
                span { "asked " (ago(approval.created_at, now)) }
            }
        }
    }
}

fn headline(approval: &Approval, now: Timestamp) -> &'static str {
    match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::AwaitingPersonas, _) => "Waiting for acknowledgement",
        (Status::ReadyForApproval, _) => "Waiting for approval",
        (Status::Approved, _) => "Approved",
        (Status::Expired, _) => "Expired: nobody decided in time",
        (Status::Denied, Some(ReasonCode::Cancelled)) => "Cancelled",
        (Status::Denied, Some(ReasonCode::DeliveryFailed)) => "Denied: it could not reach anybody",
        (Status::Denied, _) => "Denied",
    }
}

fn class(approval: &Approval, now: Timestamp) -> &'static str {
    match approval.status_at(now) {
        Status::Approved => "approved",
        Status::Denied => "denied",
        Status::Expired => "expired",
        _ => "open",
    }
}

/// That a person refused the same request shortly before this was asked.
pub(super) fn refused_before(approval: &Approval) -> Markup {
    html! {
        @if let Some(refused) = &approval.refused_before {
            p.problem role="note" {
                "The same request was refused " (refused.ago(approval.created_at)) " by " code { (refused.by) } ", at " (at(refused.at)) ": "
                a href=(format!("/console/approvals/{}", refused.approval_id)) { (refused.approval_id) } "."
            }
        }
    }
}

/// What will be done, to the letter.
pub(super) fn action(approval: &Approval, now: Timestamp) -> Markup {
    let asked = approval.asked_params();
    let heading = match (approval.status_at(now), &asked) {
        (status, _) if status.is_open() => "What will be done",
        (_, None) => "What was asked",
        (Status::Approved, Some(_)) => "What was approved",
        (_, Some(_)) => "What it was edited to",
    };
    part(
        heading,
        &html! {
            p { code.action { (tree::line(&approval.action)) } }
            h3 { "Parameters" }
            (tree::fields(&approval.params))
            @if approval.sealed.is_some() { p.hint { "Values marked «redacted» are hidden by the policy. The agent gets the original ones; the digest binds your decision to them too." } }
            p { a href=(format!("/console/approvals/{}/json", approval.id)) { "As JSON" } }
            p.hint { "Digest " code.digest { (approval.digest) } }
            @if let Some(asked) = &asked { (edited(approval, asked)) }
        },
    )
}

/// What an edit made of what was asked for.
fn edited(approval: &Approval, asked: &Map<String, Value>) -> Markup {
    html! {
        h3 #asked { "What was asked, against what it was edited to" }
        (difference::parameters(asked, &approval.params))
        @if *asked == approval.params { p { "Only hidden values were changed." } }
        @else if approval.sealed.is_some() { p.hint { "Hidden values may differ too." } }
        p.hint { "Digest of what was asked " code.digest { (approval.first_digest()) } }
    }
}

/// Who asks and why: all of it the agent's own words.
pub(super) fn why(approval: &Approval) -> Markup {
    let who = approval.requester.display.as_ref().unwrap_or(&approval.requester.id);
    part(
        "Who asks, and why",
        &html! {
            dl.facts {
                dt { "Asked by" } dd { code { (approval.asked_by) } }
                dt { "On behalf of (the agent's claim)" } dd { (tree::line(who)) " (" (tree::line(&approval.requester.id)) " at " (approval.requester.source) ")" }
                dt { "Why, in the agent's words" } dd { pre.text { (tree::shown(&approval.justification)) } }
                dt { "Where it comes from" } dd { (origin(approval)) }
                @if let Some(task) = &approval.task_id { dt { "Task" } dd { code { (tree::line(task)) } } }
                @if !approval.links.is_empty() {
                    dt { "Links from the agent" }
                    dd { ul { @for link in &approval.links { li { (tree::line(&link.label)) ": " (address(&link.url)) } } } }
                }
                @if let Some(words) = &approval.reason { dt { "Reason of the decision" } dd { pre.text { (tree::shown(words)) } } }
                @if let Some(lineage) = &approval.lineage { dt { "Asked again after" } dd { a href=(format!("/console/approvals/{}", lineage.parent)) { (lineage.parent) } } }
                @if let Some(next) = &approval.superseded_by { dt { "Asked again as" } dd { a href=(format!("/console/approvals/{next}")) { (next) } } }
                dt { "Asked" } dd { (at(approval.created_at)) }
                dt { "Expires" } dd { (at(approval.expires_at)) }
                dt { "Id" } dd { code { (approval.id) } }
            }
        },
    )
}

fn origin(approval: &Approval) -> Markup {
    let origin = &approval.origin;
    let more = [("branch", &origin.branch), ("pull request", &origin.pr), ("run", &origin.run_id)];
    html! {
        (tree::line(&origin.repo))
        @for (label, text) in more { @if let Some(text) = text { ", " (label) " " (tree::line(text)) } }
    }
}

/// The address itself is what is shown; only an https one can be followed.
fn address(url: &str) -> Markup {
    let shown = tree::line(url);
    match url.starts_with("https://") {
        true => html! { a href=(url) rel="noopener noreferrer nofollow" target="_blank" { (shown) } },
        false => html! { code { (shown) } },
    }
}

/// The rule that governs it, and why it is this one.
pub(super) fn rule(governing: &Governing) -> Markup {
    part(
        "Policy",
        &html! {
            @match governing.pattern.as_str() {
                "" => p { "No action of the policy matches this name: it asks the super-approvers (" code { "unknownAction: manual" } ")." },
                exact if !exact.contains('*') => p { "Governed by " code { "actions." (exact) } ", by its exact name." },
                glob => p { "Governed by " code { "actions." (glob) } ", the longest pattern that matches." },
            }
            @if let Some(rule) = &governing.rule { p { "Its rule " code { (rule) } " holds." } }
            @if let Some(failed) = &governing.failed {
                p.problem { "Its rule " code { (failed.rule) } " could not be evaluated: " (tree::line(&failed.why)) "." }
            }
            @if let Some(words) = &governing.description { p { (tree::shown(words)) } }
            @if let Some(why) = &governing.forbidden { p.problem { "The policy in force forbids it now: " (why) "." } }
            @else if governing.replaced { p.hint { "The policy was replaced since. The approver must be named by both policies." } }
            dl.facts {
                dt { "May approve" } dd { (names(&governing.approvers)) }
                @if !governing.super_approvers.is_empty() { dt { "Super-approvers" } dd { (names(&governing.super_approvers)) } }
                @for (persona, people) in &governing.personas { dt { "Speaks for " (tree::line(persona)) } dd { (names(people)) } }
                dt { "Policy" } dd { code { (governing.policy.get(..12).unwrap_or_default()) } }
            }
        },
    )
}

fn names(all: &[String]) -> Markup {
    html! { @if all.is_empty() { "nobody" } @else { ul.names { @for name in all { li { code { (tree::line(name)) } } } } } }
}
