//! What connectors did lately: gathered from the deliveries of the approvals that moved last, since claim, result and activity of a
//! delivery are one item. It reads a bounded number of approvals: what an old one did just now can be missing.

use crate::settings::connectors::decisions_received::{ConnectorsById, with_decisions};
use crate::{Caller, Failure, Gate};
use domain::delivery::surface::base;
use domain::delivery::{Delivery, Entry, What};
use domain::view::word;
use domain::{Approval, Role, Timestamp};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use store::approvals::lists::{By, Place, Shelf};

/// Approvals of each status that are looked through, the newest, however few entries are asked for; and how many are read at once.
const LOOKED_THROUGH: i32 = 100;
const AT_ONCE: usize = 8;

/// One thing that a connector did (`tests/contract/connectors-api.yaml`).
#[derive(Clone, Debug, Serialize)]
pub struct Activity {
    /// `aca_…`.
    pub id: String,
    /// When.
    pub timestamp: Timestamp,
    /// `dispatch_succeeded`, …
    pub event: What,
    /// The connector.
    pub connector_id: String,
    /// Its name, where it still exists.
    pub connector_name: Option<String>,
    /// The approval.
    pub request_id: String,
    /// What was decided, where it was.
    pub decision: Option<&'static str>,
    /// The vendor's HTTP status.
    pub status_code: Option<u16>,
    /// How long it took.
    pub duration_ms: u64,
    /// For people.
    pub message: String,
}

/// The newest activity of the workspace, newest first.
///
/// # Errors
/// `Forbidden` unless the caller is an admin or an auditor.
pub async fn list_activity(gate: &Gate, caller: &Caller, limit: usize) -> Result<Vec<Activity>, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let workspace = &caller.workspace;
    let connectors = gate.store.list_connectors(workspace).await?;
    let known: ConnectorsById<'_> = connectors.iter().map(|c| (c.id.as_str(), (c.name.as_str(), c.kind))).collect();
    let read = |place: Place| async move { gate.store.get_approval_with_deliveries(workspace, &place.id).await };
    let mut found = stream::iter(moved_last(gate, caller).await?).map(read).buffered(AT_ONCE);
    let mut all: Vec<Activity> = Vec::new();
    while let Some(one) = found.try_next().await? {
        let Some((approval, deliveries)) = one else { continue };
        for delivery in with_decisions(&approval, deliveries, &known) {
            all.extend(of_delivery(&approval, &delivery, &known));
        }
        // The approvals that follow moved before this one.
        let moved = approval.decided_at.unwrap_or(approval.created_at);
        if all.iter().filter(|activity| activity.timestamp >= moved).count() >= limit {
            break;
        }
    }
    // Stable: of what happened in the same millisecond the later stays first.
    all.sort_by_key(|a: &Activity| std::cmp::Reverse(a.timestamp));
    all.truncate(limit);
    Ok(all)
}

/// The approvals that were asked or ended last.
async fn moved_last(gate: &Gate, caller: &Caller) -> Result<Vec<Place>, Failure> {
    let newest = |shelf| gate.store.list_ids(&caller.workspace, shelf, &By::Status, None, LOOKED_THROUGH);
    let shelves = [Shelf::Open, Shelf::Approved, Shelf::Denied, Shelf::Expired].map(newest);
    let mut places = try_join_all(shelves).await?.concat();
    places.sort_by(|a, b| b.cmp(a));
    Ok(places)
}

fn of_delivery(approval: &Approval, delivery: &Delivery, known: &ConnectorsById<'_>) -> Vec<Activity> {
    let id = base(&delivery.connector);
    let one = |entry: &Entry| Activity {
        id: entry.id(&approval.id, &delivery.connector),
        timestamp: entry.at,
        event: entry.event,
        connector_id: id.to_owned(),
        connector_name: known.get(id).map(|(name, _)| (*name).to_owned()),
        request_id: approval.id.to_string(),
        decision: Some(word(approval.status)).filter(|word| *word != "pending"),
        status_code: entry.status_code,
        duration_ms: entry.duration_ms,
        message: entry.message.clone().unwrap_or_else(|| sentence(entry.event).to_owned()),
    };
    delivery.log.iter().rev().map(one).collect()
}

fn sentence(event: What) -> &'static str {
    match event {
        What::DispatchSucceeded => "Connector delivery succeeded",
        What::UpdateSucceeded => "What the connector shows was brought up to date",
        What::ExecutionSucceeded => "The webhook that executes took what was approved",
        What::CallbackSucceeded => "The callback address got the outcome",
        _ => "",
    }
}
