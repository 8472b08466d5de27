//! Every minute: does what is due, re-drives what lags behind its approval, then moves its cursor past the minutes that are done.

use crate::deliver_approval::{Known, deliver_approval};
use crate::expire_approval::expire_approval;
use crate::{Failure, Gate};
use domain::{Timestamp, Workspace};
use jiff::SignedDuration;
use serde::Serialize;
use store::due::{Due, DueKind, minute_of};
use store::lists::Shelf;

/// Where the first sweep of a table begins, in minutes before now.
const FIRST_LOOK_BACK: i64 = 60;
/// Minutes that one sweep does at most: after an outage it takes several.
const MOST_MINUTES: i64 = 600;
/// What was asked or ended this long ago should have reached people by now…
const LAG_FROM: SignedDuration = SignedDuration::from_secs(130);
/// …and what is younger than this still may by itself.
const LAG_TO: SignedDuration = SignedDuration::from_secs(60);

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Swept {
    /// Things that were due and are done.
    pub done: usize,
    /// Things that could not be done; their minutes are swept again.
    pub failed: usize,
    /// Approvals whose deliveries were looked at again.
    pub redriven: usize,
}

/// Sweeps once.
///
/// # Errors
/// The table could not be asked.
pub async fn sweep_due(gate: &Gate) -> Result<Swept, Failure> {
    let now = gate.clock.now();
    let this_minute = minute_of(now);
    let done = gate.store.get_sweep_cursor().await?.unwrap_or(this_minute - FIRST_LOOK_BACK);
    let last = this_minute.min(done + MOST_MINUTES);
    let mut swept = Swept::default();
    let mut clean = true;
    for minute in done + 1..=last {
        let failed_before = swept.failed;
        do_due(gate, minute, now, &mut swept).await?;
        clean &= swept.failed == failed_before;
        // The minute that is running stays open, and so does every one after a failure.
        if clean && minute < this_minute {
            gate.store.advance_sweep_cursor(minute).await?;
        }
    }
    redrive(gate, now - LAG_FROM, now - LAG_TO, &mut swept).await?;
    Ok(swept)
}

/// After an outage that lasted longer than the stream keeps its records: everything asked or ended since then is driven again.
///
/// # Errors
/// The table could not be asked.
pub async fn replay_since(gate: &Gate, since: Timestamp) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    redrive(gate, since, gate.clock.now(), &mut swept).await?;
    Ok(swept)
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
        DueKind::Delivery => deliver_approval(gate, &due.workspace, &due.id, Known::Perhaps).await,
    }
}

async fn redrive(gate: &Gate, from: Timestamp, to: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    for workspace in gate.store.list_workspaces().await? {
        for shelf in [Shelf::Open, Shelf::Approved, Shelf::Denied, Shelf::Expired] {
            redrive_shelf(gate, &workspace, shelf, (from, to), swept).await?;
        }
    }
    Ok(())
}

async fn redrive_shelf(
    gate: &Gate,
    workspace: &Workspace,
    shelf: Shelf,
    (from, to): (Timestamp, Timestamp),
    swept: &mut Swept,
) -> Result<(), Failure> {
    for place in gate.store.list_ids_between(workspace, shelf, from, to).await? {
        swept.redriven += 1;
        if let Err(why) = deliver_approval(gate, workspace, &place.id, Known::Perhaps).await {
            swept.failed += 1;
            tracing::error!(approval = %place.id, %why, "a delivery could not be driven again");
        }
    }
    Ok(())
}
