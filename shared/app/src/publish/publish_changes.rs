//! The stream is the outbox: turns what is new in an approval's history into events with stable ids, a waiter that was registered into an
//! event that greets it, and a timer that TTL removed into the work that the timer stood for.
//!
//! INVARIANT 6: Nobody publishes after writing. `relay` alone publishes changes, from the stream, at least once, in no promised order.

use crate::ask::re_request_approval::link_parent;
use crate::decide::escalate_approval::escalate_approval;
use crate::decide::expire_approval::expire_approval;
use crate::facts::Fact;
use crate::sweep::redrive::redrive_one;
use crate::{Failure, Gate};
use bus::{Bus, BusMessage};
use domain::Approval;
use domain::approval::history::Entry;
use domain::view::inbox_item;
use serde_json::{Value, json};
use store::Item;
use store::approvals::from_images;
use store::approvals::waiters;
use store::due::{DueKind, from_image};

/// The detail-type of the event about a new waiter, for `push`.
pub const WAITER_REGISTERED: &str = "waiter.registered";

/// One record of the table's stream.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its sequence number.
    pub sequence: String,
    /// Whether TTL removed the item.
    pub expired_by_ttl: bool,
    /// The item before.
    pub old: Option<Item>,
    /// The item after.
    pub new: Option<Item>,
}

/// An event to publish, and the metric that it counts for.
struct News {
    message: BusMessage,
    fact: Option<Fact>,
}

/// Publishes changes in order; the answer is the sequence numbers of those to be handed over again.
///
/// # Errors
/// The bus could not be reached at all: every change is to be handed over again.
pub async fn publish_changes(gate: &Gate, bus: &Bus, changes: &[Change]) -> Result<Vec<String>, Failure> {
    let mut failed: Vec<String> = Vec::new();
    let mut news: Vec<(News, &str)> = Vec::new();
    for change in changes {
        match news_of(change) {
            Ok(new) => news.extend(new.into_iter().map(|news| (news, change.sequence.as_str()))),
            Err(e) => note(&mut failed, &change.sequence, &e),
        }
        for done in [do_removed(gate, bus, change).await, link_new(gate, change).await] {
            if let Err(e) = done {
                note(&mut failed, &change.sequence, &e);
            }
        }
    }
    let messages: Vec<BusMessage> = news.iter().map(|(news, _)| news.message.clone()).collect();
    let taken = bus.publish(&messages).await?;
    for ((news, sequence), taken) in news.into_iter().zip(taken) {
        match taken {
            // Counted when published, because the stream hands over again what the bus did not take.
            true => news.fact.into_iter().for_each(|fact| gate.facts.note(fact)),
            false => note(&mut failed, sequence, &Failure::Internal("the bus did not take an event".into())),
        }
    }
    Ok(failed)
}

fn note(failed: &mut Vec<String>, sequence: &str, why: &Failure) {
    tracing::error!(sequence, %why, "a change could not be published");
    failed.push(sequence.to_owned());
}

/// What was due and nobody did before TTL removed it.
async fn do_removed(gate: &Gate, bus: &Bus, change: &Change) -> Result<(), Failure> {
    let Some(due) = change.old.as_ref().filter(|_| change.expired_by_ttl && change.new.is_none()).and_then(from_image)
    else {
        return Ok(());
    };
    match due.kind {
        DueKind::Deadline => expire_approval(gate, &due.workspace, &due.id).await.map(drop),
        DueKind::Escalation => escalate_approval(gate, &due.workspace, &due.id).await.map(drop),
        // TTL removes most timers long after their delivery was tried, so only a delivery that still lags gets a nudge.
        DueKind::Delivery => redrive_one(gate, bus, &due.workspace, &due.id).await.map(drop),
    }
}

/// Stores the id of a re-request in its parent, because the process that stored the re-request may have died before it did so.
async fn link_new(gate: &Gate, change: &Change) -> Result<(), Failure> {
    let Some(new) = change.new.as_ref().filter(|_| change.old.is_none()) else { return Ok(()) };
    match from_images(None, new)? {
        Some(changed) if changed.after.lineage.is_some() => link_parent(gate, &changed.after).await.map(drop),
        _ => Ok(()),
    }
}

/// The events of the history entries that are new since the old image, or the event of a new waiter.
fn news_of(change: &Change) -> Result<Vec<News>, Failure> {
    let Some(new) = &change.new else { return Ok(Vec::new()) };
    if let Some(waiter) = waiters::from_image(new) {
        let detail = json!({ "id": waiter.id, "connection": waiter.connection });
        let message = BusMessage { detail_type: WAITER_REGISTERED.into(), detail: detail.to_string() };
        return Ok(vec![News { message, fact: None }]);
    }
    let Some(changed) = from_images(change.old.as_ref(), new)? else { return Ok(Vec::new()) };
    let entries = changed.after.history.iter().filter(|e| e.seq > changed.before);
    let news = |entry| News { message: message(&changed.after, entry), fact: Fact::of(&changed.after, entry) };
    Ok(entries.map(news).collect())
}

fn message(approval: &Approval, entry: &Entry) -> BusMessage {
    // As it was when this happened: no event says that a deadline has passed before that is written.
    let mut view = serde_json::to_value(inbox_item(approval, None, entry.at)).unwrap_or_default();
    if let Value::Object(view) = &mut view {
        view.remove("history");
    }
    let mut detail = json!({
        // Every repeat of this event has the same id, so consumers drop the repeats.
        "event_id": format!("{}/{}", approval.id, entry.seq),
        "workspace": approval.workspace,
        "id": approval.id,
        "seq": entry.seq,
        "digest": approval.digest,
        "at": entry.at,
        "by": entry.by,
        "note": entry.note,
        "approval": view,
    });
    if let Value::Object(detail) = &mut detail {
        let traceparent = approval.traceparent.as_ref().map(|t| ("traceparent", t.as_str().into()));
        let claimed = entry.claimed.as_ref().map(|claimed| ("claimed", claimed.to_string().into()));
        detail.extend(traceparent.into_iter().chain(claimed).map(|(key, value)| (key.to_owned(), value)));
    }
    BusMessage { detail_type: format!("approval.{}", entry.event.word()), detail: detail.to_string() }
}
