//! The form of a connector: each field its vendor needs, what was typed kept except for secrets, each fault beside its field.

use super::checks::CHECKS;
use super::typed::{FURTHER, REMOVE, VALUE, further, shown};
use super::vendors::{Part, Vendor};
use crate::page::form::{hidden, ours};
use crate::page::tree;
use crate::visit::Visit;
use domain::Fault;
use domain::params::visible;
use lambda::Fields;
use maud::{Markup, html};
use store::connectors::{Connector, Defaults};
use vendors::connector::Kind;
use vendors::{is_public_header, known_headers};

/// Empty rows for further headers.
const ROWS: usize = 3;

/// The content of a form.
pub(super) struct Draft<'a> {
    pub(super) about: &'static Vendor,
    /// The connector that is edited.
    pub(super) before: Option<&'a Connector>,
    pub(super) defaults: Defaults,
    pub(super) typed: Option<&'a Fields>,
    pub(super) faults: Vec<Fault>,
}

/// One field.
struct Input<'a> {
    /// In the form.
    name: &'a str,
    /// The field's name in the API, which faults carry.
    path: &'a str,
    part: &'a Part<'a>,
    secret: bool,
    /// What the connector has.
    kept: Option<&'a str>,
    /// The checkbox that removes a header, if the field is a header.
    remove: Option<(&'a str, &'a str)>,
}

impl Draft<'_> {
    fn faults_of(&self, path: &str) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(move |fault| fault.field == path)
    }

    fn typed(&self, name: &str) -> Option<String> {
        let typed = self.typed.and_then(|fields| fields.all(name).next());
        typed.map(str::to_owned)
    }

    fn kept(&self, header: &str) -> Option<&str> {
        let all = &self.before?.headers;
        all.iter().find(|(known, _)| known.eq_ignore_ascii_case(header)).map(|(_, value)| value.as_str())
    }

    /// Faults of fields that the form does not show.
    fn faults_beside(&self) -> impl Iterator<Item = &Fault> {
        let mut known: Vec<String> =
            ["name", "endpoint", "timeout_seconds", "slack_security_mode"].map(str::to_owned).into();
        let rows = self.typed.into_iter().flat_map(further).map(|(name, _)| name.to_owned());
        known.extend(shown(self.about, self.before).into_iter().chain(rows).map(|name| format!("headers.{name}")));
        self.faults.iter().filter(move |fault| !known.contains(&fault.field))
    }
}

/// The form, and below it what a test finds.
pub(super) fn form(visit: &Visit<'_>, draft: &Draft<'_>, checks: &Markup) -> Markup {
    let at = match draft.before {
        Some(before) => format!("/console/settings/connectors/{}", before.id),
        None => "/console/settings/connectors".into(),
    };
    html! {
        form.stack method="post" action=(at) autocomplete="off" data-checks {
            (ours(&visit.session)) (hidden("type", draft.about.kind.word()))
            @for fault in draft.faults_beside() { p.problem { code { (visible::line(&fault.field)) } " " (visible::line(&fault.problem)) } }
            (fields(draft))
            div.row {
                button { @if draft.before.is_some() { "Save" } @else { "Add the connector" } }
                // It comes second: the Enter key does what the first button does.
                button.quiet formaction=(format!("{at}/test")) formnovalidate data-checks=(CHECKS) { "Test" }
                a.button.quiet href="/console/settings/connectors" { "Back" }
            }
        }
        (checks)
    }
}

fn fields(draft: &Draft<'_>) -> Markup {
    let name =
        Part { label: "Name", help: "What the policy calls it by; one of its own in the workspace.", required: true };
    let kept = draft.before.map(|c| c.name.as_str());
    let endpoint = draft.before.map_or(draft.about.default, |c| c.endpoint.as_str());
    let (about, secret) = (draft.about, draft.about.hides_endpoint());
    html! {
        (input(draft, &Input { name: "name", path: "name", part: &name, secret: false, kept, remove: None }))
        (input(draft, &Input { name: "endpoint", path: "endpoint", part: &about.endpoint, secret, kept: Some(endpoint), remove: None }))
        @for header in shown(about, draft.before) { (header_field(draft, &header)) }
        @if about.kind == Kind::Slack { (strict(draft)) }
        @if known_headers(about.kind).is_none() { (further_headers(draft)) }
        (timeout(draft))
    }
}

fn header_field(draft: &Draft<'_>, name: &str) -> Markup {
    let own = Part { label: name, help: "Sent along with each message.", required: false };
    let part = draft.about.headers.iter().find(|(known, _)| *known == name).map_or(&own, |(_, part)| part);
    let secret = !is_public_header(draft.about.kind, name);
    let kept = draft.kept(name);
    let words = match (draft.about.kind, draft.about.explains(name)) {
        (Kind::Webhook, true) => "Make a new one",
        _ => "Take it away",
    };
    let at = format!("{REMOVE}{name}");
    let remove = Some((at.as_str(), words)).filter(|_| secret && kept.is_some() && !part.required);
    let (field, path) = (format!("{VALUE}{name}"), format!("headers.{name}"));
    input(draft, &Input { name: &field, path: &path, part, secret, kept, remove })
}

/// A secret is shown as its mask only, and never comes back.
fn input(draft: &Draft<'_>, input: &Input<'_>) -> Markup {
    let Input { name, path, part, secret, kept, remove } = input;
    let value = draft.typed(name).or_else(|| kept.map(str::to_owned)).filter(|_| !secret);
    let mask = kept.filter(|text| *secret && !text.is_empty());
    let wrong = draft.faults_of(path).next().is_some();
    html! {
        div.field {
            label for=(name) { (part.label) @if part.required { span.hint { " (required)" } } }
            input id=(name) name=(name) type=(if *secret { "password" } else { "text" }) value=[value] placeholder=[mask]
                autocomplete="off" spellcheck="false" required[part.required && mask.is_none()]
                aria-invalid=[wrong.then_some("true")] aria-describedby=(format!("about-{name}"));
            (told(draft, path, &format!("about-{name}"), &html! {
                (part.help) @if mask.is_some() { " Leave it empty to keep the one it has." }
            }))
            @if let Some((at, words)) = remove { label.box { input type="checkbox" name=(at) value="yes"; " " (words) } }
        }
    }
}

/// What belongs into a field, and what is wrong with what it holds.
fn told(draft: &Draft<'_>, path: &str, id: &str, help: &Markup) -> Markup {
    html! {
        div id=(id) {
            p.hint { (help) }
            @for fault in draft.faults_of(path) { p.problem { (tree::line(&fault.problem)) } }
        }
    }
}

fn strict(draft: &Draft<'_>) -> Markup {
    let ticked = match draft.typed {
        Some(typed) => !typed.get("strict").is_empty(),
        None => draft.before.is_some_and(|c| c.strict),
    };
    let help = html! { "Clicks are believed only with the connector's own signing secret, which is required then." };
    html! {
        div.field {
            label.box { input type="checkbox" name="strict" value="yes" checked[ticked] aria-describedby="about-strict"; " Strict" }
            (told(draft, "slack_security_mode", "about-strict", &help))
        }
    }
}

fn timeout(draft: &Draft<'_>) -> Markup {
    let own = draft.before.and_then(|c| c.timeout_seconds);
    let value = draft.typed("timeout_seconds").or_else(|| own.map(|own| own.to_string()));
    let (least, most) = domain::limits::ATTEMPT_SEC;
    let help = html! {
        "How long one attempt may take, " (least) " to " (most) "."
        @if own.is_none() { " Empty: the workspace's default, now " (draft.defaults.timeout_seconds) "." }
    };
    html! {
        div.field {
            label for="timeout_seconds" { "Seconds for an attempt" }
            input #timeout_seconds type="number" name="timeout_seconds" min=(least) max=(most) value=[value] aria-describedby="about-timeout";
            (told(draft, "timeout_seconds", "about-timeout", &help))
        }
    }
}

/// Rows for headers that a webhook gets beside its own.
fn further_headers(draft: &Draft<'_>) -> Markup {
    let mut names: Vec<String> = draft.typed.into_iter().flat_map(further).map(|(name, _)| name.to_owned()).collect();
    let typed = names.len();
    let rows = typed.max(1) + ROWS - 1;
    names.resize(rows, String::new());
    html! {
        fieldset {
            legend { "Further headers" }
            p.hint { "Sent along with each message, such as Authorization. Values are secrets: they are not shown again." }
            @for (n, name) in names.iter().enumerate() {
                div.pair {
                    input name=(FURTHER.0) value=(name) placeholder="Name" autocomplete="off" spellcheck="false" aria-label=(format!("Name of further header {}", n + 1));
                    input name=(FURTHER.1) type="password" placeholder="Value" autocomplete="off" aria-label=(format!("Value of further header {}", n + 1));
                }
                @for fault in draft.faults_of(&format!("headers.{name}")).filter(|_| n < typed) { p.problem { (tree::line(&fault.problem)) } }
            }
        }
    }
}
