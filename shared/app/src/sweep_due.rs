//! Every minute: does what is due, re-drives what lags behind its approval, then moves its cursor past the minutes that are done.
//!
//! It holds no connector's credentials: a delivery that is due or lags is told to `dispatch` over the bus.

use crate::call_back::CALLBACK;
use crate::deliver_approval::{NO_CARDS, tell_all_to_deliver, tell_to_deliver};
use crate::escalate_approval::escalate_approval;
use crate::expire_approval::expire_approval;
use crate::facts::Fact;
use crate::{Failure, Gate};
use domain::approval::ExecutionStatus;
use domain::{Approval, ApprovalId, Timestamp, Workspace};
use jiff::SignedDuration;
use serde::Serialize;
use store::deliveries::Delivery;
use store::due::{Due, DueKind, minute_of, start_of};
use store::lists::Shelf;

/// Where the first sweep of a table begins, in minutes before now.
const FIRST_LOOK_BACK: i64 = 60;
/// Minutes before this one that stay open: an item may be put a little after its time, by a slow write or another clock.
const OPEN_MINUTES: i64 = 1;
/// How long after a failure something due is tried again.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(2);
/// Minutes that one sweep does at most: after an outage it takes several.
const MOST_MINUTES: i64 = 600;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Swept {
    /// Things that were due and are done.
    pub done: usize,
    /// Things that could not be done; they are tried again two minutes later.
    pub failed: usize,
    /// Approvals that `dispatch` was told to look at again.
    pub redriven: usize,
}

/// Sweeps once: what is due in the minutes that run, then the minutes that are over, each to its end.
///
/// # Errors
/// The table or the bus could not be asked.
pub async fn sweep_due(gate: &Gate) -> Result<Swept, Failure> {
    let now = gate.clock.now();
    let this_minute = minute_of(now);
    let mut swept = Swept::default();
    // First of all, however far the cursor is behind: what is due now does not wait for what was due during an outage.
    for minute in this_minute - OPEN_MINUTES..=this_minute {
        do_due(gate, minute, now, &mut swept).await?;
    }
    let mut done = gate.store.get_sweep_cursor().await?.unwrap_or(this_minute - FIRST_LOOK_BACK);
    let moved = move_on(gate, &mut done, now, &mut swept).await;
    // However far it came: a sweep that does not get on is seen by that.
    gate.facts.note(Fact::swept(start_of(done + 1), gate.clock.now()));
    moved.map(|()| swept)
}

/// Does the minutes that are over, one by one, and moves the cursor past each.
async fn move_on(gate: &Gate, done: &mut i64, now: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    let over = minute_of(now) - OPEN_MINUTES - 1;
    for minute in *done + 1..=over.min(*done + MOST_MINUTES) {
        do_due(gate, minute, now, swept).await?;
        redrive(gate, start_of(minute), start_of(minute + 1), swept).await?;
        gate.store.advance_sweep_cursor(minute).await?;
        *done = minute;
    }
    Ok(())
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

async fn do_due(gate: &Gate, minute: i64, now: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    let due = gate.store.list_due(minute, now).await?;
    let (deliveries, others): (Vec<Due>, Vec<Due>) = due.into_iter().partition(|due| due.kind == DueKind::Delivery);
    for due in others {
        let done = match due.kind {
            DueKind::Deadline => expire_approval(gate, &due.workspace, &due.id).await,
            DueKind::Escalation => escalate_approval(gate, &due.workspace, &due.id).await,
            DueKind::Delivery => Ok(()),
        };
        note(gate, due, done, now, swept).await?;
    }
    tell_of(gate, deliveries, now, swept).await
}

/// Tells `dispatch` of deliveries that are due: each approval once, however much of it is.
async fn tell_of(gate: &Gate, mut due: Vec<Due>, now: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    due.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    due.dedup_by(|a, b| a.id == b.id);
    let told = tell_all_to_deliver(gate, &due).await;
    for (due, told) in due.into_iter().zip(told) {
        note(gate, due, told, now, swept).await?;
    }
    Ok(())
}

async fn note(
    gate: &Gate,
    due: Due,
    done: Result<(), Failure>,
    now: Timestamp,
    swept: &mut Swept,
) -> Result<(), Failure> {
    let Err(why) = done else {
        swept.done += 1;
        return Ok(());
    };
    swept.failed += 1;
    tracing::error!(approval = %due.id, kind = ?due.kind, %why, "something due could not be done");
    // Under a later time, so that the minute can be finished: one that never works must not hold up all others.
    Ok(gate.store.put_due(&Due { at: now + TRY_AGAIN, ..due }).await?)
}

async fn redrive(gate: &Gate, from: Timestamp, to: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    for workspace in gate.store.list_workspaces().await? {
        for shelf in [Shelf::Open, Shelf::Approved, Shelf::Denied, Shelf::Expired] {
            for place in gate.store.list_ids_between(&workspace, shelf, from, to).await? {
                match redrive_one(gate, &workspace, &place.id).await {
                    Ok(lagged) => swept.redriven += usize::from(lagged),
                    Err(why) => {
                        swept.failed += 1;
                        tracing::error!(approval = %place.id, %why, "an approval could not be looked at again");
                    }
                }
            }
        }
    }
    Ok(())
}

/// Tells `dispatch` of an approval that lags; whether it does.
pub(crate) async fn redrive_one(gate: &Gate, workspace: &Workspace, id: &ApprovalId) -> Result<bool, Failure> {
    let found = gate.store.get_approval_with_deliveries(workspace, id).await?;
    let lagging = found.is_some_and(|(approval, deliveries)| lags(&approval, &deliveries));
    if lagging {
        tell_to_deliver(gate, workspace, id).await?;
    }
    Ok(lagging)
}

/// Whether people may be shown less than what is: an open approval that nobody posted, or a card of an older version.
fn lags(approval: &Approval, deliveries: &[Delivery]) -> bool {
    let unposted = deliveries.is_empty() && approval.status.is_open();
    let over = |name: &str| deliveries.iter().any(|d| d.connector == name && (d.ts.is_some() || d.refused));
    // What was sent once has nothing to show.
    let cards = deliveries.iter().filter(|d| !NO_CARDS.contains(&d.connector.as_str()));
    let to_execute = approval.execution.as_ref().is_some_and(|e| e.status == ExecutionStatus::Pending);
    let to_call = approval.callback.is_some() && !approval.status.is_open() && !over(CALLBACK);
    unposted || to_execute || to_call || cards.into_iter().any(|d| d.shown < approval.version)
}
