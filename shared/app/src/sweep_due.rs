//! Every minute: does what is due, re-drives what lags behind its approval, then moves its cursor past the minutes that are done.
//!
//! It holds no connector's credentials: a delivery that is due or lags is told to `dispatch` over the bus.

use crate::expire_approval::expire_approval;
use crate::{Failure, Gate};
use domain::{Approval, ApprovalId, Timestamp, Workspace};
use serde::Serialize;
use serde_json::json;
use signals::Signal;
use store::deliveries::Delivery;
use store::due::{Due, DueKind, minute_of};
use store::lists::Shelf;

/// The detail-type of what `dispatch` is told to look at again.
pub const DELIVERY_DUE: &str = "delivery.due";
/// Where the first sweep of a table begins, in minutes before now.
const FIRST_LOOK_BACK: i64 = 60;
/// Minutes that one sweep does at most: after an outage it takes several.
const MOST_MINUTES: i64 = 600;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Swept {
    /// Things that were due and are done.
    pub done: usize,
    /// Things that could not be done; their minutes are swept again.
    pub failed: usize,
    /// Approvals that `dispatch` was told to look at again.
    pub redriven: usize,
}

/// Sweeps once.
///
/// # Errors
/// The table or the bus could not be asked.
pub async fn sweep_due(gate: &Gate) -> Result<Swept, Failure> {
    let now = gate.clock.now();
    let this_minute = minute_of(now);
    let done = gate.store.get_sweep_cursor().await?.unwrap_or(this_minute - FIRST_LOOK_BACK);
    let last = this_minute.min(done + MOST_MINUTES);
    let mut swept = Swept::default();
    let mut finished = done;
    for minute in done + 1..=last {
        do_due(gate, minute, now, &mut swept).await?;
        // The minute that is running stays open, and so does every one from a failure on.
        if swept.failed == 0 && minute < this_minute {
            finished = minute;
        }
    }
    if finished > done {
        // A minute later, what was asked or ended should have reached people by itself.
        redrive(gate, start_of(done), start_of(finished), &mut swept).await?;
        gate.store.advance_sweep_cursor(finished).await?;
    }
    Ok(swept)
}

/// After an outage that lasted longer than the stream keeps its records: everything asked or ended since then is looked at again.
///
/// # Errors
/// The table or the bus could not be asked.
pub async fn replay_since(gate: &Gate, since: Timestamp) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    redrive(gate, since, gate.clock.now(), &mut swept).await?;
    Ok(swept)
}

fn start_of(minute: i64) -> Timestamp {
    Timestamp::from_second(minute.saturating_mul(60)).unwrap_or(Timestamp::UNIX_EPOCH)
}

async fn do_due(gate: &Gate, minute: i64, now: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    for due in gate.store.list_due(minute, now).await? {
        match do_one(gate, &due).await {
            Ok(()) => swept.done += 1,
            Err(why) => {
                swept.failed += 1;
                tracing::error!(approval = %due.id, kind = ?due.kind, %why, "something due could not be done");
            }
        }
    }
    Ok(())
}

async fn do_one(gate: &Gate, due: &Due) -> Result<(), Failure> {
    match due.kind {
        DueKind::Deadline => expire_approval(gate, &due.workspace, &due.id).await,
        DueKind::Delivery => tell(gate, &[nudge(&due.workspace, &due.id)]).await,
    }
}

async fn redrive(gate: &Gate, from: Timestamp, to: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    for workspace in gate.store.list_workspaces().await? {
        for shelf in [Shelf::Open, Shelf::Approved, Shelf::Denied, Shelf::Expired] {
            let places = gate.store.list_ids_between(&workspace, shelf, from, to).await?;
            let mut lagging = Vec::new();
            for place in places {
                let found = gate.store.get_approval_with_deliveries(&workspace, &place.id).await?;
                lagging.extend(found.filter(|(a, all)| lags(a, all)).map(|_| nudge(&workspace, &place.id)));
            }
            swept.redriven += lagging.len();
            tell(gate, &lagging).await?;
        }
    }
    Ok(())
}

/// Whether people may be shown less than what is: an open approval that nobody posted, or a card of an older version.
fn lags(approval: &Approval, deliveries: &[Delivery]) -> bool {
    let unposted = deliveries.is_empty() && approval.status.is_open();
    unposted || deliveries.iter().any(|d| d.shown < approval.version)
}

fn nudge(workspace: &Workspace, id: &ApprovalId) -> Signal {
    Signal { detail_type: DELIVERY_DUE.into(), detail: json!({ "workspace": workspace, "id": id }).to_string() }
}

async fn tell(gate: &Gate, signals: &[Signal]) -> Result<(), Failure> {
    let bus = gate.signals.as_ref().ok_or_else(|| Failure::missing("the event bus"))?;
    let taken = bus.publish(signals).await?;
    if taken.contains(&false) {
        return Err(Failure::Internal("the bus did not take an event".into()));
    }
    Ok(())
}
