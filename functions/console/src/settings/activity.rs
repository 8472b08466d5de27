//! What connectors did lately.

use super::frame::draw;
use crate::page::time::at;
use crate::page::tree;
use crate::visit::Visit;
use app::settings::connectors::list_activity::{Activity, list_activity};
use domain::delivery::What;
use lambda::{Answer, Error};
use maud::{Markup, html};

/// Records on the page.
const MOST: usize = 50;

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    let all = list_activity(&visit.has.gate, &visit.session.caller, MOST).await?;
    let body = html! {
        h1 { "Activity" }
        p.hint { "What connectors did for the requests that moved last, newest first." }
        @if all.is_empty() {
            div.empty { p { strong { "Nothing yet." } } p { "This page lists when a connector posts or updates a card, fails to, or brings back a decision." } }
        } @else {
            table.cards {
                thead { tr { th { "When" } th { "Connector" } th { "What" } th { "Request" } th { "In detail" } } }
                tbody { @for one in &all { (row(one)) } }
            }
        }
    };
    Ok(draw(visit, "activity", 200, "Activity", &body))
}

fn row(one: &Activity) -> Markup {
    html! {
        tr {
            td.short data-label="When" { (at(one.timestamp)) }
            td data-label="Connector" { @match &one.connector_name { Some(name) => (tree::line(name)), None => code { (one.connector_id) } } }
            td data-label="What" { span.chip.(class(one.event)) { (one.event.word().replace('_', " ")) } }
            td data-label="Request" { a href=(format!("/console/approvals/{}", one.request_id)) { code { (one.request_id) } } @if let Some(word) = one.decision { " " (word) } }
            td data-label="In detail" {
                (tree::line(&one.message))
                p.hint { @if let Some(code) = one.status_code { "HTTP " (code) ", " } (one.duration_ms) " ms" }
            }
        }
    }
}

fn class(event: What) -> &'static str {
    match (event.taken(), event) {
        (Some(true), _) => "succeeded",
        (Some(false), _) | (_, What::ConnectorDisabled) => "failed",
        (_, What::DispatchSkipped | What::FallbackToUi) => "skipped",
        _ => "open",
    }
}
