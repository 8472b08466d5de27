//! The settings, for admins alone: connectors and what they did, the policy, keys, agents' time limits. One module a page.

mod activity;
mod agents;
mod connectors;
mod dead_letters;
mod defaults;
mod frame;
mod keys;
mod policy;

use crate::page::{self, At};
use crate::visit::Visit;
use lambda::{Answer, Error, Fields};
use maud::html;

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
        p { "This needs a key with the role admin. An admin of this workspace can make one." }
        p { a href="/console" { "To the inbox" } }
    };
    visit.page(At::Inbox, 403, "Settings are for admins", &body)
}
