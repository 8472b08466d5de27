//! What the settings' pages have in common: the list of sections, and what was done or refused.

use crate::page::At;
use crate::visit::Visit;
use app::Failure;
use lambda::{Answer, Error};
use maud::{Markup, html};

/// The sections: the last part of each address, and the section's name.
const SECTIONS: [(&str, &str); 7] = [
    ("connectors", "Connectors"),
    ("defaults", "Defaults"),
    ("activity", "Activity"),
    ("dead-letters", "Dead letters"),
    ("policy", "Policy"),
    ("keys", "Keys"),
    ("agents", "Agents"),
];

/// A page of a section.
pub(super) fn draw(visit: &Visit<'_>, section: &str, status: u16, title: &str, body: &Markup) -> Answer {
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
pub(super) fn note(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p.note role="status" { (text) } } }
}

/// Why something was not done, above all else.
pub(super) fn problem(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p.problem role="alert" { (text) } } }
}

/// What somebody can put right, as a status and a sentence; anything else is no matter of the page.
pub(super) fn refusal(failure: Failure) -> Result<(u16, String), Error> {
    match failure {
        Failure::Invalid(_) | Failure::InUse(_) | Failure::Conflict(_) => Ok(Error::from(failure).told_in_words()),
        other => Err(other.into()),
    }
}
