//! The page of one approval, whole.

use super::{facts, forms, history, progress};
use crate::page::At;
use crate::page::tree;
use crate::visit::Visit;
use app::decide::decide_approval::MayDo;
use app::look::explain_approval::{Explained, explain_approval};
use domain::delivery::Delivery;
use domain::digest::sha256_hex;
use domain::params::visible;
use domain::{Approval, Principal, Timestamp};
use lambda::{Answer, Error};
use maud::html;

/// What a page says before all else, and with which status.
pub(crate) struct Note {
    pub(crate) status: u16,
    pub(crate) text: String,
}

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let (approval, deliveries) = visit.approval(id).await?;
    let person = visit.person()?;
    let text = match (visit.query("seen"), visit.query("done")) {
        (Some(seen), _) if seen != approval.digest.to_string() => {
            Some("It changed since you saw it, or since this link was made. This is what it is now.")
        }
        (_, Some(done)) => done_words(done).filter(|_| was_last(&approval, person)),
        _ => None,
    };
    let note = text.map(|text| Note { status: 200, text: text.into() });
    render(visit, (&approval, &deliveries), note).await
}

/// What will be done as JSON, on a page of its own: together with the tree a long one would be more than an answer may have.
pub(crate) async fn json(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let (approval, _) = visit.approval(id).await?;
    let body = html! {
        h1 { (tree::line(&approval.title)) }
        p { code.action { (tree::line(&approval.action)) } }
        (tree::raw(&approval.params))
        p { a href=(format!("/console/approvals/{}", approval.id)) { "Back to the approval" } }
    };
    Ok(visit.page(At::Inbox, 200, &visible::line(&approval.title), &body))
}

/// What was just done, in words; the page itself shows what came of it.
fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "approve" => Some("Your approval is recorded."),
        "deny" => Some("Your refusal is recorded."),
        "acknowledge" => Some("Your acknowledgement is recorded."),
        "edit" => Some("Your edit is recorded, and your approval of it."),
        "re-request" => Some("It was asked again. This is the new request."),
        _ => None,
    }
}

/// Whether the last thing that happened is this person's: what an address claims was done is said only then.
fn was_last(approval: &Approval, person: &Principal) -> bool {
    let last = approval.history.last().and_then(|entry| entry.by.as_ref());
    let asked_again = approval.lineage.as_ref().is_some_and(|lineage| lineage.by == *person);
    last == Some(person) || (approval.version == 1 && asked_again)
}

/// Heading, progress and history follow what happens by themselves. What a person decides on does not: the script shows that it
/// changed, and nothing that was read is exchanged under the hand that is about to agree.
pub(crate) async fn render(
    visit: &Visit<'_>,
    (approval, deliveries): (&Approval, &[Delivery]),
    note: Option<Note>,
) -> Result<Answer, Error> {
    let now = visit.now();
    let explained = explain_approval(&visit.has.gate, approval, visit.person()?).await?;
    let at = format!("/console/approvals/{}", approval.id);
    let body = html! {
        @if let Some(note) = &note { p.(if note.status < 400 { "note" } else { "problem" }) role="alert" { (note.text) } }
        p #changed .problem role="alert" hidden { "This approval changed. " a href=(at) { "Show what it is now" } }
        div.approval data-live="3" data-at=(at) data-seen=(seen(approval, &explained, now)) {
            div #heading data-part { (facts::heading(approval, now)) }
            div .main { (facts::refused_before(approval)) (facts::action(approval, now)) (facts::why(approval)) }
            div #decision { (forms::forms(visit, approval, &explained)) }
            aside #progress data-part {
                (progress::progress(approval, &explained.governing, now))
                (facts::rule(&explained.governing))
                (progress::deliveries(approval, deliveries))
            }
            div #history data-part { (history::history(approval, now)) }
        }
    };
    let status = note.as_ref().map_or(200, |note| note.status);
    let page = visit.page(At::Inbox, status, &visible::line(&approval.title), &body);
    match status {
        200 => Ok(visit.live(&version(approval, &explained, deliveries, now), page)),
        _ => Ok(page),
    }
}

/// What the page shows, as far as it can change.
fn version(approval: &Approval, explained: &Explained, deliveries: &[Delivery], now: Timestamp) -> String {
    let moved = |d: &Delivery| format!("{} {} {} {:?} {:?}", d.connector, d.shown, d.refused, d.ts, d.log.last());
    let moved: Vec<String> = deliveries.iter().map(moved).collect();
    let (seen, execution) = (seen(approval, explained, now), &approval.execution);
    let all = format!("{} {seen} {execution:?} {}", approval.version, moved.join("\n"));
    sha256_hex(all.as_bytes()).get(..16).unwrap_or_default().to_owned()
}

/// What a person who decides has read: what it is, whether it can still be decided on, and by whom.
fn seen(approval: &Approval, explained: &Explained, now: Timestamp) -> String {
    let Explained { governing, may_do, may_ask_again } = explained;
    // Somebody else's vote changes nothing that this person decides on, unless they wait for it.
    let awaited = if may_do.approved { may_do.awaited.as_slice() } else { &[] };
    let may_do = MayDo { awaited: awaited.to_vec(), ..may_do.clone() };
    let law = format!("{governing:?} {may_do:?} {may_ask_again}");
    let law = sha256_hex(law.as_bytes());
    let (status, next) = (approval.status_at(now), &approval.superseded_by);
    format!("{} {status:?} {next:?} {}", approval.digest, law.get(..16).unwrap_or_default())
}
