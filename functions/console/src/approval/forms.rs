//! What the viewer may do. What they may not is not offered, and says why.

use super::part::part;
use crate::page::form::{hidden, ours};
use crate::page::tree;
use crate::visit::Visit;
use app::look::explain_approval::Explained;
use domain::{Approval, Status, limits};
use maud::{Markup, html};

pub(super) fn forms(visit: &Visit<'_>, approval: &Approval, explained: &Explained) -> Markup {
    let open = approval.status_at(visit.now()).is_open();
    let offered = match open {
        true => deciding(visit, approval, explained),
        false if explained.may_ask_again => ask_again(visit, approval),
        false if approval.status_at(visit.now()) == Status::Approved || approval.superseded_by.is_some() => {
            return html! {};
        }
        false => html! { p.hint { "The policy does not let you ask for it again." } },
    };
    part(if open { "Your decision" } else { "Ask again" }, &html! { div.decide { (offered) } })
}

fn deciding(visit: &Visit<'_>, approval: &Approval, explained: &Explained) -> Markup {
    let may = &explained.may_do;
    if let Some(why) = &explained.governing.forbidden {
        return html! { p.hint { "The policy in force forbids it now: " (tree::line(why)) ". You may deny it." } (deny(visit, approval)) };
    }
    if let Some(why) = why_not(explained) {
        return html! { p.hint { (why) } };
    }
    if may.own {
        return html! { p.hint { "You cannot approve your own request. You may deny it." } (deny(visit, approval)) };
    }
    let missing = &may.missing;
    let mine: Vec<&String> = missing.iter().filter(|p| may.personas.contains(p)).collect();
    html! {
        @if may.approved { p.hint { "You approved; " (tree::line(&may.waiting(approval))) "." } }
        @for persona in &mine { (acknowledge(visit, approval, persona)) }
        @if may.approver && missing.is_empty() && !may.approved { (approve(visit, approval)) }
        @if may.approver && !missing.is_empty() { p.hint { "It can be approved once every persona has acknowledged." } }
        @for persona in explained.nobody_speaks_for() {
            p.problem { "The policy in force lets nobody acknowledge as " (tree::line(persona)) ": deny it, or let it expire and ask again." }
        }
        @if !may.approver { p.hint { "You speak for " (may.personas.join(", ")) ": you may acknowledge or deny, not approve." } }
        @if may.approver && missing.is_empty() && !may.override_keys.is_empty() {
            p { a.button.quiet href=(format!("/console/approvals/{}/edit?digest={}", approval.id, approval.digest)) { "Edit and approve…" } }
        }
        (deny(visit, approval))
    }
}

fn why_not(explained: &Explained) -> Option<&'static str> {
    match &explained.may_do {
        may if may.may_deny() => None,
        may if may.own => Some("You cannot approve your own request."),
        _ => Some("The policy does not name you for this action."),
    }
}

/// A form about the approval as the page shows it: under another digest it is refused.
fn about(visit: &Visit<'_>, approval: &Approval, what: &str, inner: &Markup) -> Markup {
    html! {
        form.stack method="post" action=(format!("/console/approvals/{}/{what}", approval.id)) {
            (ours(&visit.session)) (hidden("digest", &approval.digest.to_string()))
            (inner)
        }
    }
}

fn approve(visit: &Visit<'_>, approval: &Approval) -> Markup {
    about(visit, approval, "approve", &html! { button.approve { "Approve" } })
}

fn acknowledge(visit: &Visit<'_>, approval: &Approval, persona: &str) -> Markup {
    let inner = html! { (hidden("persona", persona)) button { "Acknowledge as " (persona) } };
    about(visit, approval, "acknowledge", &inner)
}

fn deny(visit: &Visit<'_>, approval: &Approval) -> Markup {
    let inner = html! {
        label for="reason" { "Reason " span.hint { "(the agent gets this)" } }
        textarea #reason name="reason" rows="2" maxlength=(limits::COMMENT) {}
        button.deny { "Deny" }
    };
    about(visit, approval, "deny", &inner)
}

fn ask_again(visit: &Visit<'_>, approval: &Approval) -> Markup {
    let inner = html! {
        p { "The same action with the same parameters, under the policy as it is now." }
        button { "Ask again" }
    };
    about(visit, approval, "re-request", &inner)
}
