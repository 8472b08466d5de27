//! What all pages have in common: the frame, the headers that keep a browser from doing anything else, and problems.

use app::Failure;
use edge::{Answer, Error};
use maud::{DOCTYPE, Markup, html};
use std::collections::HashMap;

/// Nothing is loaded but our own style, nothing is run, no form leads elsewhere, nobody frames it.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page.
pub(crate) fn page(status: u16, title: &str, body: &Markup) -> Answer {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/console/style.css";
            }
            body { main { (body) } }
        }
    };
    guarded(Answer::text(status, "text/html; charset=utf-8", whole.into_string()))
}

/// To another page of ours.
pub(crate) fn redirect(path: &str) -> Answer {
    guarded(Answer::empty(303)).with("location", path)
}

/// A link holds what must not travel on in a `Referer`.
fn guarded(answer: Answer) -> Answer {
    answer
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "same-origin")
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
}

/// Why a request came to nothing, as a page.
pub(crate) fn problem(error: Error) -> Answer {
    let (status, sentence) = error.told_in_words();
    let body = html! { h1 { "That did not work" } p.problem role="alert" { (sentence) } p { a href="/console" { "To the console" } } };
    page(status, "That did not work", &body)
}

/// A field that nobody sees.
pub(crate) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// # Errors
/// `Forbidden` where a form does not bring along what its page was given.
pub(crate) fn must_have(fields: &HashMap<String, String>, csrf: &str) -> Result<(), Failure> {
    match fields.get("csrf").is_some_and(|given| given == csrf) {
        true => Ok(()),
        false => Err(Failure::Forbidden("this form is too old; open the page again".into())),
    }
}
