//! The place on a page where the checks of a test appear.

use maud::{Markup, html};

/// The element that the checks are in.
pub(super) const CHECKS: &str = "checks";

/// Where the checks appear.
pub(super) fn place(inner: &Markup) -> Markup {
    html! { div #(CHECKS) role="status" { (inner) } }
}
