//! The overview: what is open, what ended over a span and how fast, and how deliveries went. There are no counters to keep right: it
//! is computed from a bounded number of reads, and says where more was left out.

mod figures;

use crate::look::read_approval::READERS;
pub use crate::look::summarize_approvals::figures::{EndKind, Ended, Figures, Named, Span, Tally};
use crate::{Caller, Failure, Gate};
use domain::delivery::Delivery;
use domain::{Approval, ApprovalId, ReasonCode, Status, Timestamp, Workspace};
use futures::future::{try_join_all, try_join4};
use std::collections::{BTreeMap, BTreeSet};
use store::approvals::lists::{By, Place, Shelf};

/// Approvals of a shelf that are read, the newest.
pub const MOST_READ: usize = 400;
/// Approvals whose deliveries are read, the newest.
pub const MOST_DELIVERED: usize = 100;
/// Approvals that are in memory at once, of each shelf: one may have 0.4 MB.
const READ_AT_ONCE: usize = 10;

/// A shelf of which more happened over the span than was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// `open`, `approved`, `denied`, `expired`.
    pub shelf: &'static str,
    /// When the oldest that was read was asked (open) or ended; none of the earlier ones are counted.
    pub since: Timestamp,
}

/// How a connector's deliveries went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// The connector.
    pub connector: String,
    /// Its name, where it still exists.
    pub name: Option<String>,
    /// Attempts that reached the vendor.
    pub succeeded: usize,
    /// Attempts that did not.
    pub failed: usize,
}

/// An overview.
#[derive(Clone, Debug)]
pub struct Summary {
    /// When the span begins.
    pub from: Timestamp,
    /// What waits now.
    pub open: usize,
    /// What ended.
    pub figures: Figures,
    /// Where more happened than was read.
    pub cuts: Vec<Cut>,
    /// By connector.
    pub health: Vec<Health>,
    /// Approvals whose deliveries were looked at.
    pub delivered: usize,
    /// Whether there are more than those.
    pub delivered_cut: bool,
}

/// What was read of a shelf.
struct Read {
    places: Vec<Place>,
    cut: Option<Cut>,
    open: usize,
    ended: Vec<Ended>,
}

/// Sums up a workspace over a span.
///
/// # Errors
/// `Forbidden` for an agent.
pub async fn summarize_approvals(gate: &Gate, caller: &Caller, span: Span) -> Result<Summary, Failure> {
    caller.must_be(&READERS)?;
    let (workspace, now) = (&caller.workspace, gate.clock.now());
    let from = span.from(now);
    let shelf = |shelf| read_shelf(gate, workspace, shelf, from, now);
    let (open, approved, denied, expired) =
        try_join4(shelf(Shelf::Open), shelf(Shelf::Approved), shelf(Shelf::Denied), shelf(Shelf::Expired)).await?;
    let shelves = [open, approved, denied, expired];
    let ended: Vec<Ended> = shelves.iter().flat_map(|read| read.ended.iter().cloned()).collect();
    let newest = newest(&shelves);
    let looked_at = newest.get(..MOST_DELIVERED.min(newest.len())).unwrap_or_default();
    Ok(Summary {
        from,
        open: shelves.iter().map(|read| read.open).sum(),
        figures: figures::figures(span, now, &ended),
        cuts: shelves.iter().filter_map(|read| read.cut.clone()).collect(),
        health: health(gate, workspace, looked_at, from).await?,
        delivered: looked_at.len(),
        delivered_cut: newest.len() > looked_at.len() || shelves.iter().any(|read| read.cut.is_some()),
    })
}

/// The newest of a shelf: what is open whenever it was asked, what ended since the span began.
async fn read_shelf(
    gate: &Gate,
    workspace: &Workspace,
    shelf: Shelf,
    from: Timestamp,
    now: Timestamp,
) -> Result<Read, Failure> {
    let limit = MOST_READ as i32 + 1;
    let mut places = match shelf {
        Shelf::Open => gate.store.list_ids(workspace, shelf, &By::Status, None, limit).await?,
        _ => gate.store.list_ids_since(workspace, shelf, from, limit).await?,
    };
    let more = places.len() > MOST_READ;
    places.truncate(MOST_READ);
    let since = places.last().filter(|_| more).and_then(Place::at);
    let cut = since.map(|since| Cut { shelf: word(shelf), since });
    let mut read = Read { places, cut, open: 0, ended: Vec::new() };
    for chunk in read.places.chunks(READ_AT_ONCE) {
        let ids: Vec<ApprovalId> = chunk.iter().map(|place| place.id.clone()).collect();
        let found = gate.store.get_approvals(workspace, &ids, false).await?;
        // The index may lag: each is counted on the shelf it is on, and only where it says so itself.
        for approval in found.iter().filter(|a| is_on(a, shelf)) {
            match ended(approval, now) {
                Some(ended) => read.ended.push(ended),
                None => read.open += 1,
            }
        }
    }
    Ok(read)
}

fn word(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Open => "open",
        Shelf::Approved => "approved",
        Shelf::Denied => "denied",
        Shelf::Expired => "expired",
    }
}

fn is_on(approval: &Approval, shelf: Shelf) -> bool {
    match approval.status {
        Status::AwaitingPersonas | Status::ReadyForApproval => shelf == Shelf::Open,
        Status::Approved => shelf == Shelf::Approved,
        Status::Denied => shelf == Shelf::Denied,
        Status::Expired => shelf == Shelf::Expired,
    }
}

/// How it ended; none where it is open. One past its deadline has expired, whether or not that is written down.
fn ended(approval: &Approval, now: Timestamp) -> Option<Ended> {
    let outcome = match (approval.status_at(now), approval.reason_code_at(now)) {
        (Status::AwaitingPersonas | Status::ReadyForApproval, _) => return None,
        (Status::Approved, _) => EndKind::Approved,
        (Status::Expired, _) => EndKind::Expired,
        (Status::Denied, Some(ReasonCode::Cancelled | ReasonCode::DeliveryFailed)) => EndKind::Withdrawn,
        (Status::Denied, _) => EndKind::Denied,
    };
    let (asked, at) = (approval.created_at, approval.decided_at_or_deadline(now)?);
    Some(Ended { asked, at, outcome, agent: approval.agent().to_owned(), action: approval.action.clone() })
}

fn newest(shelves: &[Read]) -> Vec<&Place> {
    let mut all: Vec<&Place> = shelves.iter().flat_map(|read| &read.places).collect();
    all.sort_by(|a, b| b.cmp(a));
    let mut seen = BTreeSet::new();
    all.retain(|place| seen.insert(place.id.as_str()));
    all
}

/// What connectors did since the span began, gathered from the logs of the approvals that moved last. Counts alone: what a vendor said
/// is for admins.
async fn health(
    gate: &Gate,
    workspace: &Workspace,
    places: &[&Place],
    from: Timestamp,
) -> Result<Vec<Health>, Failure> {
    let connectors = gate.store.list_connectors(workspace).await?;
    let known = connectors.iter().map(|c| (c.id.clone(), Health::of(&c.id, Some(c.name.clone()))));
    let mut by_connector: BTreeMap<String, Health> = known.collect();
    for chunk in places.chunks(READ_AT_ONCE) {
        // Any version there is will do.
        let reads = chunk.iter().map(|p| gate.store.get_approval_with_deliveries_since(workspace, &p.id, Some(1)));
        for delivery in try_join_all(reads).await?.into_iter().flatten().flat_map(|(_, deliveries)| deliveries) {
            let id = delivery.connector.split(':').next().unwrap_or_default();
            let health = by_connector.entry(id.to_owned()).or_insert_with(|| Health::of(id, None));
            health.count(&delivery, from);
        }
    }
    Ok(by_connector.into_values().collect())
}

impl Health {
    fn of(connector: &str, name: Option<String>) -> Self {
        Self { connector: connector.to_owned(), name, ..Self::default() }
    }

    fn count(&mut self, delivery: &Delivery, from: Timestamp) {
        let within = || delivery.log.iter().filter(|attempt| attempt.at >= from);
        self.succeeded += within().filter(|attempt| attempt.event.taken() == Some(true)).count();
        self.failed += within().filter(|attempt| attempt.event.taken() == Some(false)).count();
    }
}
