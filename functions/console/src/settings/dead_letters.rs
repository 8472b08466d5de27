//! Deliveries that were given up, to be tried again by hand.

use super::frame::{draw, note};
use crate::page::form::ours;
use crate::page::redirect;
use crate::page::time::at;
use crate::page::tree;
use crate::visit::Visit;
use app::Failure;
use app::settings::connectors::replay_dead_letter::{list_dead_letters, replay_dead_letter};
use lambda::{Answer, Error};
use maud::{Markup, html};
use store::deliveries::dead_letters::DeadLetter;

const AT: &str = "/console/settings/dead-letters";
/// Dead letters on a page.
const PAGE: i32 = 50;

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    let after = visit.query("cursor").filter(|cursor| cursor.starts_with("appr_"));
    let letters = list_dead_letters(&visit.has.gate, &visit.session.caller, after, PAGE).await?;
    let next = letters.last().filter(|_| letters.len() as i32 == PAGE);
    let body = html! {
        h1 { "Dead letters" }
        (note(visit.query("done").and_then(done_words)))
        p.hint { "Deliveries that a connector refused for good, or did not take in eight rounds. A replay starts the delivery again from the beginning." }
        @if letters.is_empty() {
            div.empty { p { strong { "None." } } p { "Every delivery arrived, or is still being tried." } }
        } @else {
            table.cards {
                thead { tr { th { "Given up" } th { "Connector" } th { "Request" } th { "What was said last" } th { "Actions" } } }
                tbody { @for letter in &letters { (row(visit, letter)) } }
            }
        }
        @if let Some(last) = next {
            nav.pages aria-label="Pages" { a href=(format!("{AT}?cursor={}", last.id)) rel="next" { "More" } }
        }
    };
    Ok(draw(visit, "dead-letters", 200, "Dead letters", &body))
}

fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "replayed" => Some("It is tried again, now. What comes of it is in the activity."),
        "gone" => Some("This one is gone: somebody replayed it before, or its request was removed."),
        _ => None,
    }
}

fn row(visit: &Visit<'_>, letter: &DeadLetter) -> Markup {
    html! {
        tr {
            td.short data-label="Given up" { (at(letter.timestamp)) }
            td data-label="Connector" { (tree::line(&letter.connector_name)) }
            td data-label="Request" { a href=(format!("/console/approvals/{}", letter.request_id)) { code { (letter.request_id) } } }
            td data-label="What was said last" {
                (tree::line(&letter.message))
                @if let Some(code) = letter.status_code { p.hint { "HTTP " (code) } }
            }
            td data-label="Actions" {
                form method="post" action=(format!("{AT}/{}/replay", letter.id)) {
                    (ours(&visit.session))
                    button.quiet { "Replay" }
                }
            }
        }
    }
}

pub(super) async fn replay(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    match replay_dead_letter(&visit.has.couriers, &visit.has.bus, &visit.session.caller, id).await {
        Ok(()) => Ok(redirect(&format!("{AT}?done=replayed"))),
        Err(Failure::NotFound(_)) => Ok(redirect(&format!("{AT}?done=gone"))),
        Err(e) => Err(e.into()),
    }
}
