//! The inbox: what waits for a decision, what was decided, and finding one of them.

use crate::page::time::{ago, left};
use crate::page::{self, At};
use crate::visit::Visit;
use app::look::list_approvals::{Listing, Page, StatusFilter, list_approvals};
use app::look::search_approvals::search_approvals;
use domain::digest::sha256_hex;
use domain::params::visible;
use domain::view::InboxItem;
use domain::{ApprovalId, Timestamp};
use lambda::{Answer, Error};
use maud::{Markup, html};
use url::form_urlencoded::Serializer;

/// Approvals on a page.
const PAGE: usize = 20;
/// The statuses, and what they are called here.
const SHELVES: [(&str, &str); 4] =
    [("pending", "Open"), ("approved", "Approved"), ("denied", "Denied"), ("expired", "Expired")];

/// What somebody wants to see.
struct Wanted<'a> {
    status: &'a str,
    agent: Option<&'a str>,
    task: Option<&'a str>,
    text: Option<&'a str>,
    cursor: Option<&'a str>,
}

pub(crate) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    let wanted = Wanted {
        status: visit.query("status").unwrap_or("pending"),
        agent: visit.query("agent"),
        task: visit.query("task"),
        text: visit.query("q"),
        cursor: visit.query("cursor"),
    };
    if let Some(id) = wanted.text.and_then(ApprovalId::parse) {
        return Ok(page::redirect(&format!("/console/approvals/{id}")));
    }
    let listing = listing(&wanted);
    let found = match wanted.text {
        Some(text) => search_approvals(&visit.has.gate, &visit.session.caller, &listing, text).await?,
        None => list_approvals(&visit.has.gate, &visit.session.caller, &listing).await?,
    };
    let body = html! {
        h1 { (heading(&wanted)) }
        (narrow(&wanted))
        // A search reads much: it is not repeated by itself.
        div #live data-live=[wanted.text.is_none().then_some("4")] { (list(&wanted, &found, visit.now())) }
    };
    let title = if wanted.status == "pending" { "Inbox" } else { heading(&wanted) };
    Ok(visit.live(&version(&found), visit.page(At::Inbox, 200, title, &body)))
}

fn listing(wanted: &Wanted<'_>) -> Listing {
    let status = match wanted.status {
        "approved" => StatusFilter::Approved,
        "denied" => StatusFilter::Denied,
        "expired" => StatusFilter::Expired,
        _ => StatusFilter::Pending,
    };
    let text = |text: Option<&str>| text.map(str::to_owned);
    Listing { status, agent: text(wanted.agent), task: text(wanted.task), limit: PAGE, cursor: text(wanted.cursor) }
}

/// A digest of what can change on the page. The script polls with it, and gets an empty answer as long as nothing has changed.
fn version(page: &Page) -> String {
    let shown: Vec<String> = page
        .approvals
        .iter()
        .map(|a| format!("{} {} {:?} {:?}", a.approval_id, a.status, a.history.last(), a.execution))
        .collect();
    let hash = sha256_hex(format!("{} {:?}", shown.join("\n"), page.next_cursor).as_bytes());
    hash.get(..16).unwrap_or_default().to_owned()
}

fn heading(wanted: &Wanted<'_>) -> &'static str {
    match wanted.status {
        "approved" => "Approved",
        "denied" => "Denied",
        "expired" => "Expired",
        _ => "Waiting for a decision",
    }
}

fn narrow(wanted: &Wanted<'_>) -> Markup {
    html! {
        nav.shelves aria-label="By status" {
            @for (status, label) in SHELVES {
                a href=(address(&Wanted { status, cursor: None, ..*wanted })) aria-current=[(status == wanted.status).then_some("true")] { (label) }
            }
        }
        form.filters method="get" action="/console" role="search" {
            input type="hidden" name="status" value=(wanted.status);
            (filter("agent", "Agent", wanted.agent))
            (filter("task", "Task", wanted.task))
            (filter("q", "Id or text", wanted.text))
            button.quiet { "Find" }
        }
    }
}

fn filter(name: &str, label: &str, value: Option<&str>) -> Markup {
    html! {
        label { span { (label) } input name=(name) value=(value.unwrap_or_default()) autocomplete="off"; }
    }
}

fn address(wanted: &Wanted<'_>) -> String {
    let all = [
        ("status", Some(wanted.status)),
        ("agent", wanted.agent),
        ("task", wanted.task),
        ("q", wanted.text),
        ("cursor", wanted.cursor),
    ];
    let mut query = Serializer::new(String::new());
    query.extend_pairs(all.into_iter().filter_map(|(name, value)| Some((name, value?))));
    format!("/console?{}", query.finish())
}

fn list(wanted: &Wanted<'_>, page: &Page, now: Timestamp) -> Markup {
    let next = page.next_cursor.as_deref();
    html! {
        @if page.approvals.is_empty() { (empty(wanted, next.is_some())) }
        ol.inbox { @for item in &page.approvals { (row(item, now)) } }
        @if let Some(cursor) = next {
            nav.pages aria-label="Pages" { a href=(address(&Wanted { cursor: Some(cursor), ..*wanted })) rel="next" { "Older" } }
        }
    }
}

fn empty(wanted: &Wanted<'_>, more: bool) -> Markup {
    let narrowed = wanted.agent.or(wanted.task).or(wanted.text).is_some();
    html! {
        div.empty {
            @if more { p { "Nothing here so far. There is more to look through: " strong { "Older" } "." } }
            @else if narrowed { p { "Nothing matches. " a href=(format!("/console?status={}", wanted.status)) { "Show all" } } }
            @else if wanted.cursor.is_some() { p { "That was all. " a href=(format!("/console?status={}", wanted.status)) { "Back to the newest" } } }
            @else if wanted.status == "pending" {
                p { strong { "Nothing waits for a decision." } }
                p { "When an agent asks, it appears here by itself. An agent asks with " code { "POST /api/guard/request" } ", and the policy says who must agree." }
            }
            @else { p { "Nothing yet." } }
        }
    }
}

fn row(item: &InboxItem, now: Timestamp) -> Markup {
    let id = item.approval_id.to_string();
    html! {
        li {
            a.title #(id) href=(format!("/console/approvals/{id}")) { (visible::line(&item.title)) }
            p.meta {
                code { (visible::line(item.action.get("type").and_then(|t| t.as_str()).unwrap_or_default())) }
                span { "by " (visible::line(&item.agent)) }
                @if let Some(task) = &item.task_id { span { "task " (visible::line(task)) } }
                span { (ago(item.created_at, now)) }
            }
            p.state { (state(item, now)) }
        }
    }
}

fn state(item: &InboxItem, now: Timestamp) -> Markup {
    let missing = item.personas.iter().filter(|p| p.acknowledged_by.is_none()).count();
    html! {
        @match item.status {
            "pending" => {
                @if missing > 0 { span.chip.waiting { (missing) " to acknowledge" } }
                @if item.required > 1 { span.chip { (item.approvals) " of " (item.required) } }
                span.chip.open { (left(item.expires_at, now)) }
            }
            status => span.chip.(ending(item)) { (ending(item)) @if status == "denied" && ending(item) == "denied" && item.comment.is_some() { ", with a reason" } }
        }
        @if let Some(execution) = &item.execution { span.chip.(execution.status.word()) { "execution " (execution.status.word()) } }
    }
}

/// What became of it, in one word.
fn ending(item: &InboxItem) -> &'static str {
    match item.denial_reason {
        Some(domain::ReasonCode::Expired) => "expired",
        Some(domain::ReasonCode::Cancelled) => "cancelled",
        Some(domain::ReasonCode::DeliveryFailed) => "undelivered",
        _ => item.status,
    }
}
