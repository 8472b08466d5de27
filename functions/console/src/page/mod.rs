//! What pages are made of. Here: the frame that all pages have in common, redirects, and problems. In the room: the style sheet and the script
//! (`assets`), the headers that keep a browser from doing anything else (`guard`), forms, and what a page draws (charts, differences,
//! times, trees). The room knows of no page in particular; every page comes here.

pub(crate) mod assets;
pub(crate) mod chart;
pub(crate) mod difference;
pub(crate) mod form;
pub(crate) mod guard;
pub(crate) mod time;
pub(crate) mod tree;

use crate::session::Session;
use assets::{SCRIPT_AT, STYLE_AT};
use domain::Role;
use guard::guarded;
use lambda::{Answer, Error};
use maud::{DOCTYPE, Markup, html};

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Inbox,
    Overview,
    Settings,
}

/// A page for somebody who is signed in.
pub(crate) fn signed_in(session: &Session, at: At, status: u16, title: &str, body: &Markup) -> Answer {
    let header = html! {
        a.skip href="#main" { "To the content" }
        header.top {
            a.brand href="/console" { "Countersign" }
            nav aria-label="Console" {
                (tab("/console", "Inbox", at == At::Inbox))
                (tab("/console/overview", "Overview", at == At::Overview))
                @if session.caller.is(&[Role::Admin]) { (tab("/console/settings", "Settings", at == At::Settings)) }
            }
            form.who method="post" action="/console/sign-out" {
                (form::ours(session))
                span { (session.caller.subject.as_ref().map(ToString::to_string).unwrap_or_default()) }
                span.workspace title="workspace" { (session.caller.workspace) }
                button.quiet { "Sign out" }
            }
        }
    };
    let body = html! {
        p #lost .problem role="alert" hidden { "Live updates stopped. " a href="" { "Reload the page" } "." }
        (body)
    };
    whole(status, title, &header, &body)
}

fn tab(to: &str, label: &str, here: bool) -> Markup {
    html! { a href=(to) aria-current=[here.then_some("page")] { (label) } }
}

/// A page for anybody.
pub(crate) fn page(status: u16, title: &str, body: &Markup) -> Answer {
    whole(status, title, &html! {}, body)
}

fn whole(status: u16, title: &str, header: &Markup, body: &Markup) -> Answer {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Countersign" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(*STYLE_AT);
                script src=(*SCRIPT_AT) defer {}
            }
            body { (header) main id="main" tabindex="-1" { (body) } }
        }
    };
    guarded(Answer::text(status, "text/html; charset=utf-8", whole.into_string()))
}

/// To another page of ours.
pub(crate) fn redirect(path: &str) -> Answer {
    guarded(Answer::empty(303)).with("location", path)
}

/// Why a request came to nothing, as a page.
pub(crate) fn problem(error: Error) -> Answer {
    let (status, sentence) = error.told_in_words();
    let body = html! {
        h1 { "That did not work" }
        p.problem role="alert" { (sentence) }
        p { a href="/console" { "To the inbox" } }
    };
    page(status, "That did not work", &body)
}
