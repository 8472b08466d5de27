//! Whether a connector is enabled, and the button that changes it.

use crate::page::form::ours;
use crate::page::tree;
use crate::visit::Visit;
use domain::params::visible;
use maud::{Markup, html};
use store::connectors::Connector;

pub(super) const AT: &str = "/console/settings/connectors";

pub(super) fn state(c: &Connector) -> Markup {
    html! {
        @if c.enabled { span.chip.approved { "enabled" } } @else { span.chip.waiting { "disabled" } }
        @if let Some(why) = &c.disabled_because { p.hint { (tree::line(why)) } }
    }
}

pub(super) fn switching(visit: &Visit<'_>, c: &Connector) -> Markup {
    if c.enabled { button(visit, c, "disable", "Disable") } else { button(visit, c, "enable", "Enable") }
}

pub(super) fn button(visit: &Visit<'_>, c: &Connector, what: &str, words: &str) -> Markup {
    html! {
        form method="post" action=(format!("{AT}/{}/{what}", c.id)) {
            (ours(&visit.session))
            button.quiet { (words) span.unseen { " " (visible::line(&c.name)) } }
        }
    }
}
