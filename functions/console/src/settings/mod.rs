//! The settings, for admins alone: connectors and what they did, the policy, keys, agents' time limits. One module a page.

mod activity;
mod agents;
mod connector_form;
mod connector_page;
mod connectors;
mod dead_letters;
mod defaults;
mod delete;
mod keys;
mod policy;
mod test;
mod typed;
mod vendors;

use crate::page::{self, At};
use crate::visit::Visit;
use app::Failure;
use lambda::{Answer, Error, Fields};
use maud::{Markup, html};

/// The sections: the last part of the address, and what it is called.
const SECTIONS: [(&str, &str); 7] = [
    ("connectors", "Connectors"),
    ("defaults", "Defaults"),
    ("activity", "Activity"),
    ("dead-letters", "Dead letters"),
    ("policy", "Policy"),
    ("keys", "Keys"),
    ("agents", "Agents"),
];

pub(crate) async fn look(visit: &Visit<'_>, path: &[&str]) -> Result<Answer, Error> {
    if !visit.is_admin() {
        return Ok(for_admins(visit));
    }
    match path {
        [] => Ok(page::redirect("/console/settings/connectors")),
        ["connectors", rest @ ..] => connectors::look(visit, rest).await,
        ["defaults"] => defaults::show(visit).await,
        ["activity"] => activity::show(visit).await,
        ["dead-letters"] => dead_letters::show(visit).await,
        ["policy"] => policy::show(visit).await,
        ["keys"] => keys::show(visit).await,
        ["keys", id, "revoke"] => keys::confirm(visit, id).await,
        ["agents"] => agents::show(visit).await,
        _ => Err(Error::NoRoute),
    }
}

pub(crate) async fn act(visit: &Visit<'_>, path: &[&str], fields: &Fields) -> Result<Answer, Error> {
    if !visit.is_admin() {
        return Ok(for_admins(visit));
    }
    match path {
        ["connectors", rest @ ..] => connectors::act(visit, rest, fields).await,
        ["defaults"] => defaults::change(visit, fields).await,
        ["dead-letters", id, "replay"] => dead_letters::replay(visit, id).await,
        ["policy"] => policy::replace(visit, fields).await,
        ["policy", "review"] => policy::review(visit, fields).await,
        ["policy", "edit"] => policy::edit(visit, fields).await,
        ["keys"] => keys::create(visit, fields).await,
        ["keys", id, "revoke"] => keys::revoke(visit, id).await,
        ["agents"] => agents::change(visit, fields).await,
        _ => Err(Error::NoRoute),
    }
}

fn for_admins(visit: &Visit<'_>) -> Answer {
    let body = html! {
        h1 { "Settings are for admins" }
        p { "Your key has not the role admin. Whoever keeps the keys of this workspace can make one that has." }
        p { a href="/console" { "To the inbox" } }
    };
    visit.page(At::Inbox, 403, "Settings are for admins", &body)
}

/// A page of a section.
fn draw(visit: &Visit<'_>, section: &str, status: u16, title: &str, body: &Markup) -> Answer {
    let whole = html! {
        nav.sections aria-label="Settings" {
            @for (at, label) in SECTIONS {
                a href=(format!("/console/settings/{at}")) aria-current=[(at == section).then_some("page")] { (label) }
            }
        }
        (body)
    };
    visit.page(At::Settings, status, title, &whole)
}

/// What was just done, above all else.
fn note(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p.note role="status" { (text) } } }
}

/// Why something was not done, above all else.
fn problem(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p.problem role="alert" { (text) } } }
}

/// What somebody can put right, as a status and a sentence; anything else is no matter of the page.
fn refusal(failure: Failure) -> Result<(u16, String), Error> {
    match failure {
        Failure::Invalid(_) | Failure::InUse(_) | Failure::Conflict(_) => Ok(Error::from(failure).told_in_words()),
        other => Err(other.into()),
    }
}
