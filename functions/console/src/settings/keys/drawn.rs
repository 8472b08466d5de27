//! The keys' pages: the list with the form for a new one, the new key, and the second look before one is revoked.

use super::typed::{Row, Typed};
use crate::page::form::ours;
use crate::page::time::{ago, exact};
use crate::page::tree;
use crate::settings::frame::draw;
use crate::visit::Visit;
use domain::params::visible;
use domain::{Role, Timestamp};
use lambda::Answer;
use maud::{Markup, html};
use store::settings::api_keys::ApiKey;

/// The roles, and what they are for.
const ROLES: [(&str, &str); 4] = [
    ("agent", "asks"),
    ("approver", "sees the inbox, decides where the policy names the subject"),
    ("auditor", "sees everything"),
    ("admin", "sees everything, changes settings"),
];

pub(super) fn page(visit: &Visit<'_>, rows: &[Row], more: bool, typed: &Typed) -> Answer {
    let body = html! {
        h1 { "Keys" }
        @if visit.query("done") == Some("revoked") { p.note role="status" { "The key is revoked: it decides, reads and sets nothing from the next request on; asking stops a moment later." } }
        @if rows.is_empty() { p.none { "There are no more keys. " a href="/console/settings/keys" { "To the first" } } }
        @else { (table(visit, rows)) }
        @if let Some((last, _)) = rows.last().filter(|_| more) {
            nav.pages aria-label="Pages" { a href=(format!("/console/settings/keys?cursor={}", last.id)) rel="next" { "More" } }
        }
        (form(visit, typed))
    };
    draw(visit, "keys", if typed.faults.is_empty() { 200 } else { 422 }, "Keys", &body)
}

fn table(visit: &Visit<'_>, rows: &[Row]) -> Markup {
    html! {
        section.wide {
            table.stacked {
                caption { "The workspace’s keys; the keys themselves are kept as hashes and cannot be shown" }
                thead { tr { th scope="col" { "Name" } th scope="col" { "Subject" } th scope="col" { "Roles" } th scope="col" { "Owner" } th scope="col" { "Expires" } th scope="col" { "Made" } th scope="col" { "" } } }
                tbody { @for (key, revoked) in rows { (row(visit, key, *revoked)) } }
            }
        }
    }
}

fn row(visit: &Visit<'_>, key: &ApiKey, revoked: Option<Timestamp>) -> Markup {
    let now = visit.now();
    html! {
        tr {
            th scope="row" { (tree::line(&key.name)) @if key.hash == visit.session.key { " " span.chip.open { "yours" } } }
            td data-label="Subject" { code { (key.subject) } }
            td data-label="Roles" { (words(&key.roles)) }
            td data-label="Owner" { @if let Some(owner) = &key.owner { code { (owner) } } @else { "–" } }
            td data-label="Expires" { @match key.expires_at {
                Some(at) if at <= now => span.chip.expired title=(exact(at)) { "expired" },
                Some(at) => span title=(exact(at)) { (at.strftime("%Y-%m-%d").to_string()) },
                None => "never",
            } }
            td data-label="Made" { (ago(key.created_at, now)) }
            td { @match revoked {
                Some(at) => span.chip.denied title=(exact(at)) { "revoked" },
                None => a href=(format!("/console/settings/keys/{}/revoke", key.id)) aria-label=(format!("Revoke {}", visible::line(&key.name))) { "Revoke…" },
            } }
        }
    }
}

fn words(roles: &[Role]) -> String {
    roles.iter().map(|role| word(*role)).collect::<Vec<_>>().join(", ")
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Approver => "approver",
        Role::Auditor => "auditor",
        Role::Admin => "admin",
    }
}

fn form(visit: &Visit<'_>, typed: &Typed) -> Markup {
    html! {
        section {
            h2 { "A new key" }
            @if !typed.faults.is_empty() { p.problem role="alert" { "No key was made: see below." } }
            form.stack method="post" action="/console/settings/keys" {
                (ours(&visit.session))
                (input(typed, ("name", "Name", "for people"), &typed.name, true))
                (input(typed, ("subject", "Subject", "agent:<name>, or user:<e-mail> as the policy names them"), &typed.subject, true))
                fieldset {
                    legend { "Roles" }
                    @for (role, what) in ROLES {
                        label.box { input type="checkbox" name="roles" value=(role) checked[typed.roles.iter().any(|r| r == role)]; span { (role) " " span.hint { (what) } } }
                    }
                    (problems(typed, "roles"))
                }
                (input(typed, ("owner", "Owner", "optional: on whose behalf it asks; they cannot approve that"), &typed.owner, false))
                label for="expires_at" { "Expires " span.hint { "(optional: refused from the beginning of that day on, UTC)" } }
                input #expires_at type="date" name="expires_at" value=(typed.expires);
                (problems(typed, "expires_at"))
                button { "Make the key" }
            }
        }
    }
}

fn input(typed: &Typed, (name, label, hint): (&str, &str, &str), value: &str, needed: bool) -> Markup {
    let wrong = typed.faults.iter().any(|fault| fault.field == name);
    html! {
        label for=(name) { (label) " " span.hint { "(" (hint) ")" } }
        input id=(name) name=(name) value=(value) required[needed] autocomplete="off" aria-invalid=[wrong.then_some("true")];
        (problems(typed, name))
    }
}

/// What is wrong with a field, or with one of what it lists.
fn problems(typed: &Typed, name: &str) -> Markup {
    let of = |field: &str| field == name || field.split('[').next() == Some(name);
    html! { @for fault in typed.faults.iter().filter(|f| of(&f.field)) { p.problem { code { (fault.field) } " " (visible::line(&fault.problem)) } } }
}

/// The one page that has the key.
pub(super) fn made(visit: &Visit<'_>, key: &ApiKey, secret: &str) -> Answer {
    let body = html! {
        h1 { "The key is made" }
        p.note role="status" { strong { "Copy it now: it cannot be shown again." } }
        section {
            h2 { (tree::line(&key.name)) }
            code.secret { (secret) }
            p.hint { "Roles: " (words(&key.roles)) ". The holder of this key is " code { (key.subject) } " in the workspace " code { (key.workspace) } "." }
        }
        p { a.button href="/console/settings/keys" { "I have copied it" } }
    };
    draw(visit, "keys", 201, "A new key", &body)
}

pub(super) fn confirm(visit: &Visit<'_>, key: &ApiKey, revoked: Option<Timestamp>) -> Answer {
    let body = html! {
        h1 { "Revoke " (tree::line(&key.name)) "?" }
        @if let Some(at) = revoked { p.note { "It was revoked already, " (ago(at, visit.now())) "." } }
        @else {
            @if key.hash == visit.session.key { p.problem role="alert" { strong { "This is the key you are signed in with. " } "You are signed out at once, and cannot come back with it." } }
            p { "The key decides, reads and sets nothing from the next request on; asking stops a moment later. This cannot be undone. What was asked for or decided with the key stays." }
        }
        section {
            dl.facts {
                dt { "Subject" } dd { code { (key.subject) } }
                dt { "Roles" } dd { (words(&key.roles)) }
                dt { "Made" } dd { (ago(key.created_at, visit.now())) }
                dt { "Id" } dd { code { (key.id) } }
            }
        }
        form.row method="post" action=(format!("/console/settings/keys/{}/revoke", key.id)) {
            (ours(&visit.session))
            @if revoked.is_none() { button.deny { "Revoke it" } }
            a.button.quiet href="/console/settings/keys" { "Back" }
        }
    };
    draw(visit, "keys", 200, "Revoke a key", &body)
}
