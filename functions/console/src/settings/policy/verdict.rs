//! What came of a trial: every fault by its path, or who would be asked.

use crate::page::time::span;
use crate::page::tree;
use app::settings::check_policy::{Decision, Verdict};
use domain::fault::Place;
use domain::params::path::member;
use domain::params::visible;
use maud::{Markup, html};

pub(super) fn verdict(verdict: &Verdict, action: &str) -> Markup {
    match (&verdict.decision, verdict.valid) {
        (_, false) => faults(verdict),
        (None, true) => html! { p.note { "It has no fault. Name an action, and a dry run says who would be asked." } },
        (Some(decision), true) => html! {
            section #dry-run {
                h2 { "Dry run: " code { (tree::line(action)) } }
                (said(decision))
            }
        },
    }
}

fn faults(verdict: &Verdict) -> Markup {
    html! {
        div #faults .problem role="alert" {
            p { (verdict.faults.len()) @if verdict.faults.len() == 1 { " fault" } @else { " faults" } ". Nothing was changed, and your text is kept." }
            ul { @for fault in &verdict.faults { li {
                code { (place(&fault.field)) } " " (visible::line(&fault.problem))
                @if let Some(Place { line, column }) = fault.place { span.hint { " line " (line) ", column " (column) } }
            } } }
        }
    }
}

fn place(field: &str) -> String {
    if field.is_empty() { "the document".to_owned() } else { visible::line(field) }
}

fn said(decision: &Decision) -> Markup {
    if decision.effect == "deny" {
        let why = decision.reason.as_deref().unwrap_or_default();
        return html! { p { span.chip.denied { "refused" } " Nobody is asked: " (visible::line(why)) "." } };
    }
    if decision.effect == "allow" {
        let rule = decision.rule.as_deref().or(decision.matched.as_deref()).unwrap_or_default();
        return html! { p { span.chip.approved { "allowed" } " Nobody is asked, by " code { (rule) } "." } };
    }
    html! {
        dl.facts {
            @if let Some(rule) = &decision.rule { dt { "Rule" } dd { code { (rule) } } }
            dt { "Governed by" } dd { @match decision.matched.as_deref() {
                None | Some("") => "no action of the policy: the super-approvers are asked",
                Some(pattern) => code { (member("actions", pattern)) },
            } }
            @if !decision.required_personas.is_empty() { dt { "Must acknowledge first" } dd { (names(&decision.required_personas)) } }
            dt { "Must approve" } dd { (decision.min_approvals) " of these" (names(&decision.approvers)) }
            @if !decision.super_approvers.is_empty() { dt { "Or, as super-approvers" } dd { (names(&decision.super_approvers)) } }
            dt { "Stays open" } dd { (span(decision.timeout_sec as i64)) }
            dt { "Parameters, as people see them" } dd { (tree::fields(&decision.params)) }
        }
    }
}

fn names(all: &[String]) -> Markup {
    html! { ul.names { @for name in all { li { code { (visible::line(name)) } } } @if all.is_empty() { li { "nobody" } } } }
}
