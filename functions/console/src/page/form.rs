//! Forms: what every one of ours brings along, and what comes back.

use crate::session::Session;
use app::Failure;
use lambda::Fields;
use maud::{Markup, html};

/// What proves that a form is one of ours.
const CSRF: &str = "csrf";

/// A field that nobody sees.
pub(crate) fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The field that proves that a form is ours.
pub(crate) fn ours(session: &Session) -> Markup {
    hidden(CSRF, session.csrf.first().map_or("", String::as_str))
}

/// # Errors
/// `Forbidden` where a form does not bring along what its page was given.
pub(crate) fn must_be_ours(fields: &Fields, session: &Session) -> Result<(), Failure> {
    match session.csrf.iter().any(|known| known == fields.get(CSRF)) {
        true => Ok(()),
        false => Err(Failure::Forbidden("this form is too old; open the page again".into())),
    }
}
