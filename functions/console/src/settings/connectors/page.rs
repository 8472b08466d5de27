//! The page of a connector, or of one to be: its form, what is wrong with what was typed, what a test found, and the way back.

use super::checks::place;
use super::form::{Draft, form};
use super::switch::{AT, state, switching};
use super::vendors::{Vendor, WayBack};
use crate::page::redirect;
use crate::page::tree;
use crate::settings::frame::{draw, note, problem, refusal};
use crate::visit::Visit;
use app::Failure;
use app::settings::connectors::manage_connectors::Shown;
use domain::Fault;
use domain::params::visible;
use lambda::{Answer, Error};
use maud::{Markup, html};
use store::connectors::Connector;

/// What a page says beside the form.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) note: Option<&'static str>,
    pub(super) problem: Option<String>,
    pub(super) checks: Markup,
}

impl Said {
    pub(super) fn note(note: Option<&'static str>) -> Self {
        Self { status: 200, note, problem: None, checks: html! {} }
    }

    fn problem(status: u16, problem: &str) -> Self {
        Self { status, note: None, problem: Some(problem.into()), checks: html! {} }
    }
}

/// To the connector's page; where a secret was made, it is here and nowhere else, and this page is not to be had again.
pub(super) fn kept(visit: &Visit<'_>, shown: &Shown, (status, done): (u16, &str)) -> Answer {
    let at = format!("{AT}/{}", shown.connector.id);
    let Some(secret) = &shown.new_secret else { return redirect(&format!("{at}?done={done}")) };
    let body = html! {
        h1 { "The signing secret of “" (tree::line(&shown.connector.name)) "”" }
        section {
            p { strong { "It is shown this once." } " Copy it to where the messages are verified." }
            p { code.copy { (secret) } }
        }
        p { a.button href=(at) { "To the connector" } }
    };
    draw(visit, "connectors", status, "A new signing secret", &body)
}

/// The form again, with what was typed, and what is wrong with it.
pub(super) fn refused(visit: &Visit<'_>, draft: Draft<'_>, failure: Failure) -> Result<Answer, Error> {
    let faults = match &failure {
        Failure::Invalid(faults) => faults.clone(),
        // A name is taken, or there are too many to name one more.
        Failure::InUse(why) => vec![Fault::new("name", why.clone())],
        _ => Vec::new(),
    };
    let (status, sentence) = refusal(failure)?;
    let words = if faults.is_empty() {
        &sentence
    } else {
        "Not saved: see below. Secrets that you typed have to be typed again."
    };
    Ok(answer(visit, &Draft { faults, ..draft }, Said::problem(status, words)))
}

/// The page of a connector, or of one to be.
pub(super) fn answer(visit: &Visit<'_>, draft: &Draft<'_>, said: Said) -> Answer {
    let about = draft.about;
    let title = match draft.before {
        Some(c) => visible::line(&c.name),
        None => format!("Add a connector: {}", about.name),
    };
    let body = html! {
        h1 { (tree::shown(&title)) }
        (note(said.note)) (problem(said.problem.as_deref()))
        @if let Some(c) = draft.before {
            div.row { span.chip { (about.name) } (state(c)) (switching(visit, c)) a href=(format!("{AT}/{}/delete", c.id)) { "Delete…" } }
        }
        p.hint { (about.does) }
        section { (form(visit, draft, &place(&said.checks))) }
        (way_back(visit, about, draft.before))
    };
    draw(visit, "connectors", said.status, &title, &body)
}

/// Where the vendor is to post what people do there.
fn way_back(visit: &Visit<'_>, about: &Vendor, before: Option<&Connector>) -> Markup {
    let Some((path, words)) = &about.way_back else { return html! {} };
    let address = match (path, before) {
        (WayBack::At(path), _) => Some(format!("{}{path}", visit.origin())),
        (WayBack::Of(path), Some(c)) => Some(format!("{}{path}/{}", visit.origin(), c.id)),
        (WayBack::Of(_), None) => None,
    };
    html! {
        section {
            h2 { "The way back" }
            @match address {
                Some(address) => { p { "Enter this address at the vendor. " (words) } p { code.copy { (address) } } }
                None => p { "Once the connector is there, its page shows the address to enter at the vendor." },
            }
        }
    }
}
