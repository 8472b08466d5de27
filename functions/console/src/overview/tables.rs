//! The overview's tables: the columns in numbers, the busiest agents and actions, and how deliveries went.

use crate::page::chart::{SERIES, bar, counts};
use crate::page::tree;
use app::look::summarize_approvals::{Figures, Health, MOST_DELIVERED, Named, Summary, Tally};
use domain::Timestamp;
use domain::params::visible;
use maud::{Markup, html};

/// The columns in numbers, the newest first.
pub(super) fn over_time(buckets: &[(Timestamp, Tally)], begins: impl Fn(Timestamp) -> String) -> Markup {
    html! {
        div.wide {
            table.numbers {
                thead { tr { th scope="col" { "Begins (UTC)" } @for (_, name) in SERIES { th scope="col" { (name) } } } }
                tbody {
                    @for (at, tally) in buckets.iter().rev() {
                        tr { th scope="row" { (begins(*at)) } @for count in counts(tally) { td { (count) } } }
                    }
                }
            }
        }
    }
}

pub(super) fn busiest(figures: &Figures) -> Markup {
    html! {
        div.halves {
            (named("By agent", "Agent", &figures.agents))
            (named("By action", "Action", &figures.actions))
        }
    }
}

fn named(heading: &str, column: &str, all: &[Named]) -> Markup {
    let most = all.iter().map(|(_, tally)| tally.total()).max().unwrap_or_default();
    html! {
        section {
            h2 { (heading) }
            table.bars {
                thead { tr { th scope="col" { (column) } th scope="col" { "Ended" } } }
                tbody { @for (name, tally) in all { (ended(name.as_deref(), tally, most)) } }
            }
        }
    }
}

fn ended(name: Option<&str>, tally: &Tally, most: usize) -> Markup {
    let parts: Vec<String> = SERIES
        .iter()
        .zip(counts(tally))
        .filter(|(_, count)| *count > 0)
        .map(|((_, name), count)| format!("{count} {}", name.to_lowercase()))
        .collect();
    html! {
        tr {
            th scope="row" { @match name { Some(name) => code { (tree::line(name)) }, None => "all others" } }
            td { (bar(tally, most)) span.hint { (parts.join(", ")) } }
        }
    }
}

pub(super) fn deliveries(summary: &Summary, admin: bool) -> Markup {
    html! {
        section {
            h2 { "Deliveries" }
            @if summary.health.is_empty() {
                p.none { "No connector carries requests to people: they wait in the inbox." @if admin { " " a href="/console/settings" { "Settings" } } }
            } @else {
                (health(&summary.health))
                p.hint {
                    @if summary.delivered_cut { "Of the newest " (MOST_DELIVERED) " requests only. " }
                    "Attempts since " (crate::page::time::exact(summary.from)) "; each delivery remembers its last 12."
                }
            }
        }
    }
}

fn health(all: &[Health]) -> Markup {
    html! {
        table.numbers {
            thead { tr { th scope="col" { "Connector" } th scope="col" { "Succeeded" } th scope="col" { "Failed" } th scope="col" { "" } } }
            tbody {
                @for health in all {
                    tr {
                        th scope="row" { (tree::shown(&visible::line(health.name.as_ref().unwrap_or(&health.connector)))) }
                        td { (health.succeeded) } td { (health.failed) }
                        td { (standing(health)) }
                    }
                }
            }
        }
    }
}

fn standing(health: &Health) -> Markup {
    match (health.succeeded, health.failed) {
        (0, 0) => html! { span.hint { "nothing sent" } },
        (_, 0) => html! { span.chip.healthy { "healthy" } },
        (done, failed) => html! { span.chip.unhealthy { (100 * failed / (done + failed)) " % failed" } },
    }
}
