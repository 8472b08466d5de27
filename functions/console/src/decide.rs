//! One approval behind a decision link: what will be done, exactly, and the forms to decide. What was decided is bound to what the page
//! showed; if it changed meanwhile, the page shows what it is now.

use crate::page::{self, hidden, must_have};
use crate::session::{Session, session};
use crate::sign_in::sign_out_form;
use app::decide_approval::{Verdict, decide_approval, standing};
use app::decision_link::Linked;
use app::{Failure, Gate};
use domain::digest::Digest;
use domain::view::{inbox_item, word};
use domain::{Approval, Principal, Status, Timestamp, visible};
use edge::{Answer, Error};
use lambda_http::Request;
use maud::{Markup, html};
use serde_json::Value;
use store::api_keys::Role;

/// The longest reason.
const MAX_REASON: usize = 3_000;

/// Shows it to whoever is signed in; before that nothing of it.
pub(crate) async fn show(gate: &Gate, request: &Request, link: &str) -> Result<Answer, Error> {
    let linked = must_be_ours(gate, link)?;
    let Some(session) = session(gate, request).await? else {
        return Ok(page::redirect(&format!("/console/sign-in?next=/console/decide/{link}")));
    };
    let approval = find(gate, &session, &linked).await?;
    let note =
        (approval.digest != linked.digest).then_some("It changed since this link was made. This is what it is now.");
    render(gate, &session, &approval, link, note, 200).await
}

/// Decides, as a form of ours asks.
pub(crate) async fn decide(gate: &Gate, request: &Request, link: &str) -> Result<Answer, Error> {
    let linked = must_be_ours(gate, link)?;
    let Some(session) = session(gate, request).await? else {
        return Ok(page::redirect(&format!("/console/sign-in?next=/console/decide/{link}")));
    };
    let fields = edge::fields(request)?;
    must_have(&fields, &session.csrf)?;
    let by = session.caller.must_be(&[Role::Approver, Role::Admin])?;
    let text = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let approve = match text("decision") {
        "approved" => true,
        "denied" => false,
        _ => return Err(Failure::invalid("decision", "must be approved or denied").into()),
    };
    let reason = Some(text("reason").trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
        return Err(Failure::invalid("reason", "must have at most 3000 characters").into());
    }
    let seen = Some(Digest::claimed(text("digest")));
    let verdict = Verdict { approve, comment: reason, seen, patch: None };
    let decided = decide_approval(gate, &session.caller.workspace, &linked.id, by, &verdict).await;
    let (note, status) = match &decided {
        Ok(_) => (None, 200),
        Err(Failure::Refused(refusal)) => (Some(refusal.to_string()), 409),
        Err(_) => (None, 200),
    };
    match decided {
        Ok(_) | Err(Failure::Refused(_)) => {
            let approval = find(gate, &session, &linked).await?;
            render(gate, &session, &approval, link, note.as_deref(), status).await
        }
        Err(e) => Err(e.into()),
    }
}

fn must_be_ours(gate: &Gate, link: &str) -> Result<Linked, Failure> {
    gate.read_decision_link(link)?.ok_or(Failure::NotFound("this link is not valid, or its time is over"))
}

async fn find(gate: &Gate, session: &Session, linked: &Linked) -> Result<Approval, Failure> {
    let found = gate.store.get_approval(&session.caller.workspace, &linked.id).await?;
    found.ok_or(Failure::NotFound("there is no such approval in the workspace of your key"))
}

async fn render(
    gate: &Gate,
    session: &Session,
    approval: &Approval,
    link: &str,
    note: Option<&str>,
    status: u16,
) -> Result<Answer, Error> {
    let by = session.caller.must_be(&[Role::Approver, Role::Admin])?;
    let now = gate.clock.now();
    let forms = if approval.status_at(now).is_open() {
        forms(gate, session, approval, by, link).await?
    } else {
        html! {}
    };
    let body = html! {
        @if let Some(note) = note { p.problem role="alert" { (sentence(note)) } }
        (facts(approval, now))
        (forms)
        footer { "Signed in as " (by.to_string()) (sign_out_form(&session.csrf)) }
    };
    Ok(page::page(status, &visible::line(&approval.title), &body))
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// Everything there is to know, agent's texts with nothing hidden.
fn facts(approval: &Approval, now: Timestamp) -> Markup {
    let item = inbox_item(approval, None, now);
    html! {
        h1 { (visible::line(&approval.title)) }
        p.status { (headline(approval, now)) }
        dl {
            dt { "Action" } dd { code { (visible::line(&approval.action)) } }
            dt { "Asked by" } dd { (approval.asked_by.to_string()) ", for " (visible::line(&item.requester.display.unwrap_or(item.requester.id))) }
            dt { "Why, in the agent's words" } dd { pre { (visible::text(&approval.justification)) } }
            dt { "Approvals" } dd { (item.approvals) " of " (item.required) }
            @for persona in &item.personas {
                dt { "Persona " (visible::line(&persona.name)) }
                dd { @if let Some(who) = &persona.acknowledged_by { "acknowledged by " (who.to_string()) } @else { "has not acknowledged" } }
            }
            dt { "Expires" } dd { time datetime=(approval.expires_at.to_string()) { (approval.expires_at.to_string()) } }
            @if let Some(at) = item.resolved_at { dt { "Ended" } dd { (at.to_string()) } }
            @if let Some(words) = &approval.reason { dt { "Reason" } dd { pre { (visible::text(words)) } } }
            dt { "Digest" } dd { code { (approval.digest.to_string()) } }
        }
        h2 { "Parameters" }
        dl.params { @for (name, value) in &approval.params { dt { code { (visible::text(name)) } } dd { pre { (shown(value)) } } } }
        @if approval.params.is_empty() { p { "(none)" } }
    }
}

fn shown(value: &Value) -> String {
    visible::text(&serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()))
}

fn headline(approval: &Approval, now: Timestamp) -> &'static str {
    match approval.status_at(now) {
        Status::AwaitingPersonas => "Waiting for acknowledgement",
        Status::ReadyForApproval => "Waiting for approval",
        ended => match word(ended) {
            "approved" => "Approved",
            _ if ended == Status::Expired => "Expired: nobody decided in time",
            _ => "Denied",
        },
    }
}

/// What the viewer may do; what they may not is not offered, and says why.
async fn forms(
    gate: &Gate,
    session: &Session,
    approval: &Approval,
    by: &Principal,
    link: &str,
) -> Result<Markup, Failure> {
    let may = standing(gate, approval, by).await?;
    let action = format!("/console/decide/{link}");
    let why_not = match () {
        () if may.own => Some("You cannot decide on your own request."),
        () if !may.approver && may.personas.is_empty() => Some("The policy does not name you for this action."),
        () => None,
    };
    let missing = !approval.missing_personas().is_empty();
    let form = |decision: &str, class: &str, label: &str| {
        html! {
            form method="post" action=(action) {
                (hidden("csrf", &session.csrf)) (hidden("digest", &approval.digest.to_string())) (hidden("decision", decision))
                label for=(format!("reason-{decision}")) { "In your words (optional)" }
                input id=(format!("reason-{decision}")) name="reason" maxlength="3000";
                button class=(class) { (label) }
            }
        }
    };
    Ok(html! {
        section aria-label="Decide" {
            @if let Some(why) = why_not { p.hint { (why) } } @else {
                @if may.approver && !missing { (form("approved", "approve", "Approve")) }
                @if may.approver && missing { p.hint { "It can be approved once every persona has acknowledged." } }
                (form("denied", "deny", "Deny"))
            }
        }
    })
}
