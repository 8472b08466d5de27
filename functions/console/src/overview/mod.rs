//! The overview: how many wait, how fast people decide, what ended how, and whether it reaches them.

mod tables;

use crate::page::At;
use crate::page::chart::{Column, columns, legend, patterns};
use crate::page::time::{exact, span as told};
use crate::visit::Visit;
use app::look::summarize_approvals::{Cut, MOST_READ, Span, Summary, summarize_approvals};
use domain::Timestamp;
use jiff::SignedDuration;
use lambda::{Answer, Error};
use maud::{Markup, html};

/// The spans, and what they are called.
const SPANS: [(Span, &str, &str); 3] =
    [(Span::Day, "day", "24 hours"), (Span::Week, "week", "7 days"), (Span::Month, "month", "30 days")];

pub(crate) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    visit.person()?;
    let wanted = visit.query("span").unwrap_or("day");
    let (span, word, name) = SPANS.into_iter().find(|(_, word, _)| *word == wanted).unwrap_or(SPANS[0]);
    let summary = summarize_approvals(&visit.has.gate, &visit.session.caller, span).await?;
    let body = html! {
        h1 { "Overview" }
        nav.shelves aria-label="Span" {
            @for (_, other, label) in SPANS {
                a href=(format!("/console/overview?span={other}")) aria-current=[(other == word).then_some("true")] { (label) }
            }
        }
        (tiles(&summary, visit.now()))
        (sampled(&summary.cuts))
        @if summary.figures.total.total() == 0 { (empty(&summary, name)) }
        @else { (over_time(&summary, span, name)) (tables::busiest(&summary.figures)) }
        (tables::deliveries(&summary, visit.is_admin()))
    };
    Ok(visit.page(At::Overview, 200, "Overview", &body))
}

fn tiles(summary: &Summary, now: Timestamp) -> Markup {
    let figures = &summary.figures;
    let count = |n: usize, cut: bool| if cut { format!("{n}+") } else { n.to_string() };
    let all = [
        ("Open now", count(summary.open, cut(summary, "open")), "waiting for people"),
        ("Decided today", count(figures.decided_today, is_today_cut(summary, now)), "since 00:00 UTC"),
        ("Median time to decide", took(figures.median), "from the request to the decision"),
        ("95th percentile", took(figures.p95), "19 of 20 were decided within"),
        ("Denied", count(figures.total.denied, cut(summary, "denied")), "in this span, by people"),
        ("Expired", count(figures.total.expired, cut(summary, "expired")), "in this span, undecided"),
    ];
    html! {
        dl.tiles {
            @for (name, value, hint) in &all { div { dt { (name) } dd { strong { (value) } span.hint { (hint) } } } }
        }
    }
}

fn cut(summary: &Summary, shelf: &str) -> bool {
    summary.cuts.iter().any(|cut| cut.shelf == shelf)
}

/// Whether people decided more today than was read.
fn is_today_cut(summary: &Summary, now: Timestamp) -> bool {
    let midnight = now.as_second() - now.as_second().rem_euclid(86_400);
    let mut decided = summary.cuts.iter().filter(|cut| ["approved", "denied"].contains(&cut.shelf));
    decided.any(|cut| cut.since.as_second() >= midnight)
}

fn took(time: Option<SignedDuration>) -> String {
    time.map_or_else(|| "–".to_owned(), |time| told(time.as_secs().max(0)))
}

/// What is not counted is said.
fn sampled(cuts: &[Cut]) -> Markup {
    html! {
        @if !cuts.is_empty() {
            div.note {
                p { strong { "A sample. " } "More happened than is read for this page:" }
                ul { @for cut in cuts { li { "of the newest " (MOST_READ) " " (cut.shelf) ", the oldest is of " (exact(cut.since)) "; earlier ones are not counted." } } }
            }
        }
    }
}

fn empty(summary: &Summary, name: &str) -> Markup {
    html! {
        section.empty {
            p { strong { "Nothing ended in the last " (name) "." } }
            @if summary.open > 0 { p { a href="/console" { "See what waits" } } }
            @else { p { "Once agents ask and people decide, it shows here how fast, by whom it was asked, and what came of it." } }
        }
    }
}

fn over_time(summary: &Summary, span: Span, name: &str) -> Markup {
    let buckets = &summary.figures.buckets;
    let column =
        |(i, (begins, tally)): (usize, &(Timestamp, _))| Column { label: label(span, i, *begins), tally: *tally };
    let drawn: Vec<Column> = buckets.iter().enumerate().map(column).collect();
    let unit = if span == Span::Day { "hour" } else { "day" };
    let title = format!("Requests that ended in the last {name}, by {unit}: {} in all", summary.figures.total.total());
    html! {
        section {
            h2 { "Ended, by " (unit) " " span.hint { "(UTC)" } }
            (patterns()) (legend())
            (columns(&title, &drawn))
            details { summary { "As a table" } (tables::over_time(buckets, |at| begins(span, at))) }
        }
    }
}

/// Few enough labels for a phone.
fn label(span: Span, i: usize, at: Timestamp) -> Option<String> {
    let every = match span {
        Span::Day => 6,
        Span::Week => 1,
        Span::Month => 7,
    };
    (i % every == every / 2).then(|| at.strftime(if span == Span::Day { "%H:00" } else { "%m-%d" }).to_string())
}

fn begins(span: Span, at: Timestamp) -> String {
    at.strftime(if span == Span::Day { "%Y-%m-%d %H:00" } else { "%Y-%m-%d" }).to_string()
}
