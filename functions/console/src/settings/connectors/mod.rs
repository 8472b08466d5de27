//! Connectors: the list, a page for each, and what is done to them there.

mod checks;
mod delete;
mod form;
mod page;
mod switch;
mod test;
mod typed;
mod vendors;

use crate::page::redirect;
use crate::page::tree;
use crate::settings::frame::{draw, note};
use crate::visit::Visit;
use app::settings::connectors::defaults::read_defaults;
use app::settings::connectors::input::ConnectorInput;
use app::settings::connectors::manage_connectors::{
    Shown, change_connector, create_connector, list_connectors, read_connector,
};
use form::Draft;
use lambda::{Answer, Error, Fields};
use maud::{Markup, html};
use page::{Said, answer, kept, refused};
use serde_json::json;
use switch::{AT, button, state, switching};
use test::test;
use typed::input;
use vendors::VENDORS;

pub(super) async fn look(visit: &Visit<'_>, path: &[&str]) -> Result<Answer, Error> {
    match path {
        [] => list(visit).await,
        ["new"] => new(visit).await,
        [id] => show(visit, id).await,
        [id, "delete"] => delete::confirm(visit, id).await,
        _ => Err(Error::NoRoute),
    }
}

pub(super) async fn act(visit: &Visit<'_>, path: &[&str], fields: &Fields) -> Result<Answer, Error> {
    match path {
        [] => create(visit, fields).await,
        ["test"] => {
            let about = vendors::called(fields.get("type")).ok_or(Error::NoRoute)?;
            let defaults = read_defaults(&visit.has.gate, &visit.session.caller).await?;
            test(visit, about, (None, defaults), fields).await
        }
        [id] => change(visit, id, fields).await,
        [id, "test"] => {
            let Shown { connector, defaults, .. } = read_connector(&visit.has.gate, &visit.session.caller, id).await?;
            test(visit, vendors::of(connector.kind), (Some(&connector), defaults), fields).await
        }
        [id, "enable"] => switch(visit, id, true).await,
        [id, "disable"] => switch(visit, id, false).await,
        [id, "delete"] => delete::delete(visit, id, fields).await,
        _ => Err(Error::NoRoute),
    }
}

/// What was just done, in words.
fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "created" => Some("The connector is there. Test it before you rely on it."),
        "changed" => Some("Saved."),
        "enabled" => Some("Enabled: approvals are delivered through it again."),
        "disabled" => Some("Disabled: nothing is delivered through it."),
        "deleted" => Some("Deleted, with its credentials."),
        _ => None,
    }
}

async fn list(visit: &Visit<'_>) -> Result<Answer, Error> {
    let all = list_connectors(&visit.has.gate, &visit.session.caller).await?;
    let body = html! {
        h1 { "Connectors" }
        (note(visit.query("done").and_then(done_words)))
        @if all.is_empty() {
            div.empty {
                p { strong { "No connector yet." } }
                p { "A connector is a place that approvals are shown at: a Slack channel, a Teams workflow, a Jira project, a PagerDuty service, or a webhook of your own. Without one, requests wait in the inbox here." }
                p { a.button href=(format!("{AT}/new")) { "Add a connector" } }
            }
        } @else {
            table.cards {
                thead { tr { th { "Name" } th { "Type" } th { "Endpoint" } th { "State" } th { "Timeout" } th { "Actions" } } }
                tbody { @for shown in &all { (row(visit, shown)) } }
            }
            p { a.button href=(format!("{AT}/new")) { "Add a connector" } }
        }
    };
    Ok(draw(visit, "connectors", 200, "Connectors", &body))
}

fn row(visit: &Visit<'_>, shown: &Shown) -> Markup {
    let c = &shown.connector;
    html! {
        tr {
            td data-label="Name" { a href=(format!("{AT}/{}", c.id)) { (tree::line(&c.name)) } }
            td.short data-label="Type" { (vendors::of(c.kind).name) }
            td data-label="Endpoint" { code { (tree::line(&c.endpoint)) } }
            td data-label="State" { (state(c)) }
            td.short data-label="Timeout" {
                (c.timeout_seconds.unwrap_or(shown.defaults.timeout_seconds)) " s"
                @if c.timeout_seconds.is_none() { span.hint { " (default)" } }
            }
            td data-label="Actions" { div.row { a href=(format!("{AT}/{}", c.id)) { "Edit" } (button(visit, c, "test#checks", "Test")) (switching(visit, c)) a href=(format!("{AT}/{}/delete", c.id)) { "Delete…" } } }
        }
    }
}

/// First the type, then its form.
async fn new(visit: &Visit<'_>) -> Result<Answer, Error> {
    let Some(about) = visit.query("type").and_then(vendors::called) else { return Ok(choose(visit)) };
    let defaults = read_defaults(&visit.has.gate, &visit.session.caller).await?;
    let draft = Draft { about, before: None, defaults, typed: None, faults: Vec::new() };
    Ok(answer(visit, &draft, Said::note(None)))
}

fn choose(visit: &Visit<'_>) -> Answer {
    let body = html! {
        h1 { "Add a connector" }
        ol.inbox {
            @for vendor in VENDORS {
                li {
                    a.title href=(format!("{AT}/new?type={}", vendor.kind.word())) { (vendor.name) }
                    p.meta { (vendor.does) }
                }
            }
        }
        p { a.button.quiet href=(AT) { "Back" } }
    };
    draw(visit, "connectors", 200, "Add a connector", &body)
}

async fn show(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let Shown { connector, defaults, .. } = read_connector(&visit.has.gate, &visit.session.caller, id).await?;
    let about = vendors::of(connector.kind);
    let draft = Draft { about, before: Some(&connector), defaults, typed: None, faults: Vec::new() };
    Ok(answer(visit, &draft, Said::note(visit.query("done").and_then(done_words))))
}

async fn create(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let about = vendors::called(fields.get("type")).ok_or(Error::NoRoute)?;
    match create_connector(&visit.has.couriers, &visit.session.caller, input(about, None, fields)).await {
        Ok(shown) => Ok(kept(visit, &shown, (201, "created"))),
        Err(failure) => {
            let defaults = read_defaults(&visit.has.gate, &visit.session.caller).await?;
            refused(visit, Draft { about, before: None, defaults, typed: Some(fields), faults: Vec::new() }, failure)
        }
    }
}

async fn change(visit: &Visit<'_>, id: &str, fields: &Fields) -> Result<Answer, Error> {
    let caller = &visit.session.caller;
    let Shown { connector, defaults, .. } = read_connector(&visit.has.gate, caller, id).await?;
    let about = vendors::of(connector.kind);
    match change_connector(&visit.has.couriers, caller, id, input(about, Some(&connector), fields)).await {
        Ok(shown) => Ok(kept(visit, &shown, (200, "changed"))),
        Err(failure) => {
            let before = Some(&connector);
            refused(visit, Draft { about, before, defaults, typed: Some(fields), faults: Vec::new() }, failure)
        }
    }
}

async fn switch(visit: &Visit<'_>, id: &str, enabled: bool) -> Result<Answer, Error> {
    let input = ConnectorInput::read(&json!({ "enabled": enabled }));
    match change_connector(&visit.has.couriers, &visit.session.caller, id, input).await {
        Ok(_) => Ok(redirect(&format!("{AT}?done={}", if enabled { "enabled" } else { "disabled" }))),
        Err(failure) => {
            let Shown { connector, defaults, .. } = read_connector(&visit.has.gate, &visit.session.caller, id).await?;
            let about = vendors::of(connector.kind);
            refused(
                visit,
                Draft { about, before: Some(&connector), defaults, typed: None, faults: Vec::new() },
                failure,
            )
        }
    }
}
