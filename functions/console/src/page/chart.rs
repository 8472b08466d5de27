//! Charts as SVG, with widths in percent, so that they fit any screen while text keeps its size. Each colour also has a pattern.

use app::look::summarize_approvals::Tally;
use maud::{Markup, html};

/// Pixels from the top to the base line, above the highest column, and in all.
const BASE: usize = 176;
const ABOVE: usize = 16;
const HEIGHT: usize = 200;

/// What columns and bars are made of, from the base up: a class of the style sheet, which is also the pattern's id, and its name.
pub(crate) const SERIES: [(&str, &str); 4] =
    [("approved", "Approved"), ("denied", "Denied"), ("expired", "Expired"), ("withdrawn", "Cancelled or undelivered")];

/// A column: what is below it, if anything, and what it is made of.
pub(crate) struct Column {
    pub(crate) label: Option<String>,
    pub(crate) tally: Tally,
}

/// How many of each series, in their order.
pub(crate) fn counts(tally: &Tally) -> [usize; 4] {
    [tally.approved, tally.denied, tally.expired, tally.withdrawn]
}

/// What the series look like. Charts on the page refer to it.
pub(crate) fn patterns() -> Markup {
    html! {
        svg.patterns width="0" height="0" aria-hidden="true" {
            defs {
                @for (id, _) in SERIES {
                    pattern id=(id) width="8" height="8" patternUnits="userSpaceOnUse" {
                        rect.ink.(id) width="8" height="8" {}
                        (mark(id))
                    }
                }
            }
        }
    }
}

fn mark(series: &str) -> Markup {
    match series {
        "denied" => html! { path.gap d="M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6" {} },
        "expired" => html! { circle.hole cx="2" cy="2" r="1.3" {} circle.hole cx="6" cy="6" r="1.3" {} },
        "withdrawn" => html! { path.gap d="M0 2 H8 M0 6 H8" {} },
        _ => html! {},
    }
}

pub(crate) fn legend() -> Markup {
    html! {
        ul.legend aria-hidden="true" {
            @for (id, name) in SERIES {
                li { svg width="18" height="18" { rect.edge.(id) x="1" y="1" width="16" height="16" fill=(format!("url(#{id})")) {} } (name) }
            }
        }
    }
}

/// Stacked columns over time.
pub(crate) fn columns(title: &str, columns: &[Column]) -> Markup {
    let top = round_up(columns.iter().map(|c| c.tally.total()).max().unwrap_or_default());
    let step = 100.0 / columns.len().max(1) as f64;
    html! {
        svg.chart role="img" height=(HEIGHT) aria-label=(title) {
            title { (title) }
            @for value in [0, top / 2, top] {
                @let y = BASE - height(value, top);
                line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
                // Outside, in the margin that the style sheet leaves for it.
                text x="-6" y=(y + 4) text-anchor="end" { (value) }
            }
            @for (i, column) in columns.iter().enumerate() {
                @let left = step * i as f64;
                (stack(&column.tally, top, (left + step * 0.1, step * 0.8)))
                @if let Some(label) = &column.label {
                    text x=(percent(left + step / 2.0)) y=(HEIGHT - 6) text-anchor="middle" { (label) }
                }
            }
        }
    }
}

/// What a tally is made of, one on the other: the series, and from where to where it goes.
fn parts(tally: &Tally) -> impl Iterator<Item = (&'static str, usize, usize)> {
    let mut below = 0;
    let part = move |((id, _), count): (&(&'static str, &str), usize)| {
        let from = below;
        below += count;
        (*id, from, below)
    };
    SERIES.iter().zip(counts(tally)).map(part).filter(|(_, from, to)| to > from)
}

fn stack(tally: &Tally, top: usize, (x, width): (f64, f64)) -> Markup {
    html! {
        @for (id, from, to) in parts(tally) {
            @let (y, foot) = (BASE - height(to, top), BASE - height(from, top));
            rect.edge.(id) x=(percent(x)) width=(percent(width)) y=(y) height=(foot - y) fill=(format!("url(#{id})")) {}
        }
    }
}

/// One bar, beside which a table says the same in numbers.
pub(crate) fn bar(tally: &Tally, most: usize) -> Markup {
    let share = |count: usize| percent(100.0 * count as f64 / most.max(1) as f64);
    html! {
        svg.bar width="100%" height="16" aria-hidden="true" {
            @for (id, from, to) in parts(tally) {
                rect.edge.(id) x=(share(from)) width=(share(to - from)) y="1" height="14" fill=(format!("url(#{id})")) {}
            }
        }
    }
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

/// A count in pixels.
fn height(count: usize, top: usize) -> usize {
    (BASE - ABOVE) * count / top.max(1)
}

/// The next even number that is easily read.
fn round_up(most: usize) -> usize {
    let mut ten = 1;
    while 10 * ten < most {
        ten *= 10;
    }
    [2, 4, 6, 8, 10].iter().map(|n| n * ten).find(|top| *top >= most).unwrap_or(10 * ten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_number_that_is_easily_read() {
        let ends = [0, 1, 2, 3, 9, 10, 11, 41, 99, 100, 101, 1_600].map(round_up);
        assert_eq!(ends, [2, 2, 2, 4, 10, 10, 20, 60, 100, 100, 200, 2_000]);
    }

    #[test]
    fn a_column_is_as_high_as_its_count_and_its_parts_stand_on_one_another() {
        let tally = Tally { approved: 1, denied: 1, ..Tally::default() };
        let drawn = columns("t", &[Column { label: None, tally }]).into_string();
        assert!(drawn.contains("y=\"96\" height=\"80\" fill=\"url(#approved)\""), "{drawn}");
        assert!(drawn.contains("y=\"16\" height=\"80\" fill=\"url(#denied)\""), "{drawn}");
        assert!(!drawn.contains("url(#expired)"));
    }
}
