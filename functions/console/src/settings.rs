//! The settings, for admins: one module a page.

mod agents;
mod keys;
mod policy;

use crate::page::{self, At};
use crate::visit::Visit;
use edge::{Answer, Error, Fields};
use maud::{Markup, html};
use store::api_keys::Role;

/// The pages, and what they are called.
const SECTIONS: [(&str, &str); 3] = [("policy", "Policy"), ("keys", "Keys"), ("agents", "Agents")];

pub(crate) async fn look(visit: &Visit<'_>, path: &[&str]) -> Result<Answer, Error> {
    visit.session.caller.must_be(&[Role::Admin])?;
    match path {
        [] => Ok(page::redirect("/console/settings/policy")),
        ["policy"] => policy::show(visit).await,
        ["keys"] => keys::show(visit).await,
        ["keys", id, "revoke"] => keys::confirm(visit, id).await,
        ["agents"] => agents::show(visit).await,
        _ => Err(Error::NoRoute),
    }
}

pub(crate) async fn act(visit: &Visit<'_>, path: &[&str], fields: &Fields) -> Result<Answer, Error> {
    visit.session.caller.must_be(&[Role::Admin])?;
    match path {
        ["policy"] => policy::replace(visit, fields).await,
        ["policy", "review"] => policy::review(visit, fields).await,
        ["policy", "edit"] => policy::edit(visit, fields).await,
        ["keys"] => keys::create(visit, fields).await,
        ["keys", id, "revoke"] => keys::revoke(visit, id).await,
        ["agents"] => agents::change(visit, fields).await,
        _ => Err(Error::NoRoute),
    }
}

/// A page of the settings, with the way to the others.
fn draw(visit: &Visit<'_>, here: &str, status: u16, title: &str, body: &Markup) -> Answer {
    let body = html! {
        nav.sections aria-label="Settings" {
            @for (path, label) in SECTIONS {
                a href=(format!("/console/settings/{path}")) aria-current=[(path == here).then_some("page")] { (label) }
            }
        }
        (body)
    };
    visit.page(At::Settings, status, title, &body)
}
