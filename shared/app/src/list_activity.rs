//! What connectors did lately: gathered from the deliveries of the approvals that moved last, since claim, result and activity of a
//! delivery are one item. It reads a bounded number of approvals: what an old one did just now can be missing from a short list.

use crate::{Caller, Failure, Gate};
use domain::view::word;
use domain::{Approval, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use store::api_keys::Role;
use store::deliveries::{Attempt, Delivery};
use store::lists::{By, Shelf};

/// One thing that a connector did (connectors-api.md, "Get Connector Activity").
#[derive(Clone, Debug, Serialize)]
pub struct Activity {
    /// `aca_…`.
    pub id: String,
    /// When.
    pub timestamp: Timestamp,
    /// `dispatch_succeeded`, …
    pub event: String,
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
/// `Forbidden` for whoever is neither admin nor auditor.
pub async fn list_activity(gate: &Gate, caller: &Caller, limit: usize) -> Result<Vec<Activity>, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let workspace = &caller.workspace;
    let connectors = gate.store.list_connectors(workspace).await?;
    let names: BTreeMap<&str, &str> = connectors.iter().map(|c| (c.id.as_str(), c.name.as_str())).collect();
    let mut all = Vec::new();
    for shelf in [Shelf::Open, Shelf::Approved, Shelf::Denied, Shelf::Expired] {
        for place in gate.store.list_ids(workspace, shelf, &By::Status, None, limit as i32).await? {
            if let Some((approval, deliveries)) = gate.store.get_approval_with_deliveries(workspace, &place.id).await? {
                all.extend(deliveries.iter().flat_map(|d| of_delivery(&approval, d, &names)));
            }
        }
    }
    // Stable: of what happened in the same millisecond the later stays first.
    all.sort_by_key(|a: &Activity| std::cmp::Reverse(a.timestamp));
    all.truncate(limit);
    Ok(all)
}

fn of_delivery(approval: &Approval, delivery: &Delivery, names: &BTreeMap<&str, &str>) -> Vec<Activity> {
    let id = delivery.connector.split(':').next().unwrap_or_default();
    let one = |attempt: &Attempt| Activity {
        id: attempt.id(&approval.id, &delivery.connector),
        timestamp: attempt.at,
        event: attempt.event.clone(),
        connector_id: id.to_owned(),
        connector_name: names.get(id).map(|name| (*name).to_owned()),
        request_id: approval.id.to_string(),
        decision: Some(word(approval.status)).filter(|word| *word != "pending"),
        status_code: attempt.status_code,
        duration_ms: attempt.duration_ms,
        message: attempt.message.clone().unwrap_or_else(|| sentence(&attempt.event).to_owned()),
    };
    delivery.log.iter().rev().map(one).collect()
}

fn sentence(event: &str) -> &'static str {
    match event {
        "dispatch_succeeded" => "Connector delivery succeeded",
        "update_succeeded" => "What the connector shows was brought up to date",
        _ => "",
    }
}
