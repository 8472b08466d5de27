//! A part of the page with a heading.

use maud::{Markup, html};

pub(super) fn part(heading: &str, content: &Markup) -> Markup {
    html! { section { h2 { (heading) } (content) } }
}
