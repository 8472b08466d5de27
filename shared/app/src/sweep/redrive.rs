//! Sends `dispatch` a nudge for every approval that was asked or has ended and whose cards do not show that yet.
//!
//! Only workspaces are read in which an approval can have been asked for or can have ended: those that asked since, by their buckets, and
//! those that had an open approval when this process looked last. A process that has not looked since reads all workspaces.

use crate::deliver::look_again::tell_to_deliver;
use crate::sweep::swept::Swept;
use crate::{Failure, Gate};
use bus::Bus;
use domain::approval::ExecutionStatus;
use domain::delivery::Delivery;
use domain::delivery::Surface;
use domain::delivery::surface::CALLBACK;
use domain::{Approval, ApprovalId, Timestamp, Workspace};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::HashSet;
use store::approvals::lists::{By, Shelf};
use store::due::start_of;

/// Workspaces, and approvals, that are read at the same time.
const AT_ONCE: usize = 32;
/// The lists of approvals that people may see on cards.
const SHELVES: [Shelf; 4] = [Shelf::Open, Shelf::Approved, Shelf::Denied, Shelf::Expired];

/// Does so for the approvals that were asked for or ended in these minutes, both included.
pub(crate) async fn redrive_minutes(
    gate: &Gate,
    bus: &Bus,
    first: i64,
    last: i64,
    swept: &mut Swept,
) -> Result<(), Failure> {
    let listed = gate.clock.now();
    let asked: HashSet<Workspace> = gate.store.list_asking(start_of(first)).await?.into_iter().collect();
    let workspaces = match gate.memory.sweeps.watched_since(first) {
        Some(watched) => &watched | &asked,
        None => gate.store.list_workspaces().await?.into_iter().collect(),
    };
    redrive(gate, bus, workspaces.clone(), (start_of(first), start_of(last + 1)), swept).await?;
    let found = stream::iter(workspaces).map(|workspace| is_open(gate, workspace));
    let found: Vec<(Workspace, bool)> = found.buffer_unordered(AT_ONCE).try_collect().await?;
    gate.memory.sweeps.looked(found, (&asked, listed), gate.clock.now());
    gate.memory.sweeps.forget_before(last + 1);
    Ok(())
}

/// Does so for the approvals that were asked for or ended since an instant, in all workspaces.
pub(crate) async fn redrive_since(gate: &Gate, bus: &Bus, since: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    let workspaces = gate.store.list_workspaces().await?.into_iter().collect();
    redrive(gate, bus, workspaces, (since, gate.clock.now()), swept).await
}

async fn redrive(
    gate: &Gate,
    bus: &Bus,
    workspaces: HashSet<Workspace>,
    (from, to): (Timestamp, Timestamp),
    swept: &mut Swept,
) -> Result<(), Failure> {
    let moved = stream::iter(workspaces).map(|workspace| moved(gate, workspace, from, to)).buffer_unordered(AT_ONCE);
    let moved: Vec<Vec<(Workspace, ApprovalId)>> = moved.try_collect().await?;
    let looks = stream::iter(moved.into_iter().flatten()).map(|(workspace, id)| async move {
        let lagged = redrive_one(gate, bus, &workspace, &id).await;
        (id, lagged)
    });
    let mut looks = looks.buffer_unordered(AT_ONCE);
    while let Some((id, lagged)) = looks.next().await {
        match lagged {
            Ok(lagged) => swept.redriven += usize::from(lagged),
            Err(why) => {
                swept.failed += 1;
                tracing::error!(approval = %id, %why, "an approval could not be looked at again");
            }
        }
    }
    Ok(())
}

/// A workspace's approvals that were asked or ended between two instants.
async fn moved(
    gate: &Gate,
    workspace: Workspace,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Workspace, ApprovalId)>, Failure> {
    let shelves = SHELVES.map(|shelf| gate.store.list_ids_between(&workspace, shelf, from, to));
    let places = try_join_all(shelves).await?.concat();
    Ok(places.into_iter().map(|place| (workspace.clone(), place.id)).collect())
}

async fn is_open(gate: &Gate, workspace: Workspace) -> Result<(Workspace, bool), Failure> {
    let open = gate.store.list_ids(&workspace, Shelf::Open, &By::Status, None, 1).await?;
    Ok((workspace, !open.is_empty()))
}

/// Sends `dispatch` a nudge if an approval's cards lag; returns whether they do.
pub(crate) async fn redrive_one(
    gate: &Gate,
    bus: &Bus,
    workspace: &Workspace,
    id: &ApprovalId,
) -> Result<bool, Failure> {
    let found = gate.store.get_approval_with_deliveries(workspace, id).await?;
    let lagging = found.is_some_and(|(approval, deliveries)| lags(&approval, &deliveries));
    if lagging {
        tell_to_deliver(bus, workspace, id).await?;
    }
    Ok(lagging)
}

/// Whether an approval lags: it is open and was never posted, a card shows an older version, or its execution or callback is not done.
fn lags(approval: &Approval, deliveries: &[Delivery]) -> bool {
    let unposted = deliveries.is_empty() && approval.status.is_open();
    let over = |name: &str| deliveries.iter().any(|d| d.connector == name && (d.is_out() || d.refused));
    // What was sent once has nothing to show.
    let cards = deliveries.iter().filter(|d| Surface::of(&d.connector).is_card());
    let to_execute = approval.execution.as_ref().is_some_and(|e| e.status == ExecutionStatus::Pending);
    let to_call = approval.callback.is_some() && !approval.status.is_open() && !over(CALLBACK);
    unposted || to_execute || to_call || cards.into_iter().any(|d| d.shown < approval.version)
}
