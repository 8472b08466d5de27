//! How far it got: personas, quorum, execution, and how it reached people.

use super::part::part;
use crate::page::time::{ago, at};
use crate::page::tree;
use app::look::explain_approval::Governing;
use domain::delivery::Delivery;
use domain::{Approval, Timestamp};
use maud::{Markup, html};

/// Who has agreed, and who is still needed.
pub(super) fn progress(approval: &Approval, governing: &Governing, now: Timestamp) -> Markup {
    let (have, need) = (approval.approvals(), approval.required);
    part(
        "Progress",
        &html! {
            @for (persona, _) in &governing.personas {
                @let ack = approval.acks.iter().find(|a| a.persona == *persona);
                p.step.(if ack.is_some() { "done" } else { "todo" }) {
                    (tree::line(persona)) ": "
                    @if let Some(ack) = ack { "acknowledged by " code { (ack.by) } " " (ago(ack.at, now)) } @else { "has not acknowledged" }
                }
            }
            @if approval.is_let_through() { p.step.done { "Nobody was asked: the policy allowed it." } }
            @else {
                p.step.(if have >= need { "done" } else { "todo" }) {
                    (have) " of " (need) @if need == 1 { " approval" } @else { " approvals" }
                }
                progress max=(need) value=(have.min(need)) aria-label="Approvals" {}
            }
            @if !approval.votes.is_empty() {
                ul.names { @for vote in &approval.votes { li { code { (vote.by) } " approved " (ago(vote.at, now)) } } }
            }
            @if approval.escalated { p.hint { "It was escalated." } }
            @if let Some(execution) = &approval.execution {
                p.step { "Execution " strong { (execution.status.word()) }
                    @if let Some(n) = execution.attempts { ", " (n) @if n == 1 { " attempt" } @else { " attempts" } }
                    @if let Some(code) = execution.status_code { ", HTTP " (code) }
                }
                @if let Some(result) = &execution.result { (tree::leaf(result)) }
            }
        },
    )
}

/// How it reached people, a line each connector.
pub(super) fn deliveries(approval: &Approval, deliveries: &[Delivery]) -> Markup {
    part(
        "Delivery",
        &html! {
            @if deliveries.is_empty() { p.none { @if approval.status.is_open() { "No connector carries it: it waits here." } @else { "No connector carried it." } } }
            ul.deliveries {
                @for delivery in deliveries {
                    li {
                        code { (delivery.connector) } " " (standing(approval, delivery))
                        @if let Some(last) = delivery.log.last() {
                            span.hint { (last.event.word().replace('_', " ")) " " (at(last.at))
                                @if let Some(code) = last.status_code { ", HTTP " (code) }
                                @if let Some(words) = &last.message { ": " (tree::line(words)) }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn standing(approval: &Approval, delivery: &Delivery) -> Markup {
    let posted = delivery.shown > 0 || delivery.ts.is_some();
    match () {
        () if delivery.refused => html! { span.chip.denied { "refused for good" } },
        () if posted && delivery.shown >= approval.version => html! { span.chip.approved { "up to date" } },
        () if posted => html! { span.chip { "behind" } },
        () => html! { span.chip.waiting { "not delivered yet" } },
    }
}
