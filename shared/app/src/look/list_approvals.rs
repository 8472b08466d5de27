//! The inbox: newest first, by status, agent and task, in pages whose cost does not grow with what they leave out.

use crate::gate::see_approval::ApprovalAt;
use crate::look::read_approval::READERS;
use crate::memory::sweeps::{FIRST_LOOK_BACK, MOST_MINUTES};
use crate::{Caller, Failure, Gate};
use data_encoding::BASE64URL_NOPAD;
use domain::view::{InboxItem, inbox_item};
use domain::{Approval, ApprovalId, Role, Status, Timestamp, Workspace};
use futures::future::try_join_all;
use serde::Serialize;
use std::collections::BTreeSet;
use store::approvals::lists::{By, Place, Shelf};
use store::due::minute_of;

/// Approvals that are read at once, and the bytes of a page after which no more are: Lambda answers with 6 MB at most, and one
/// approval shows up to 0.6 MB.
const READ_AT_ONCE: usize = 5;
const MOST_BYTES: usize = 2_000_000;

/// What to list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Which statuses.
    pub status: StatusFilter,
    /// Of which agent.
    pub agent: Option<String>,
    /// Of which task.
    pub task: Option<String>,
    /// At most so many: 1 to 100.
    pub limit: usize,
    /// Where the last page ended.
    pub cursor: Option<String>,
}

/// The inbox's statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// Open.
    Pending,
    /// Agreed to.
    Approved,
    /// Refused, cancelled or expired.
    Denied,
    /// Expired only.
    Expired,
}

impl StatusFilter {
    fn shelves(self) -> &'static [Shelf] {
        match self {
            Self::Pending => &[Shelf::Open],
            Self::Approved => &[Shelf::Approved],
            Self::Denied => &[Shelf::Denied, Shelf::Expired],
            Self::Expired => &[Shelf::Expired],
        }
    }

    fn holds(self, status: Status) -> bool {
        match self {
            Self::Pending => status.is_open(),
            Self::Approved => status == Status::Approved,
            Self::Denied => matches!(status, Status::Denied | Status::Expired),
            Self::Expired => status == Status::Expired,
        }
    }
}

/// A page of the inbox.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// Newest first. May be shorter than the limit, even empty, while there is a next page.
    pub approvals: Vec<InboxItem>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// Lists approvals.
///
/// # Errors
/// `Invalid` for a cursor that is not one of ours; `Forbidden` where an agent asks for another's.
pub async fn list_approvals(gate: &Gate, caller: &Caller, listing: &Listing) -> Result<Page, Failure> {
    let agent = visible_agent(caller, listing)?;
    let after = listing.cursor.as_deref().map(read_cursor).transpose()?;
    let by = match (&listing.task, &agent) {
        (Some(task), _) => By::Task(task.clone()),
        (None, Some(agent)) => By::Agent(agent.clone()),
        (None, None) => By::Status,
    };
    let places = places(gate, caller, listing, &by, after.as_deref()).await?;
    let more = places.len() > listing.limit;
    let own = caller.subject.as_ref().filter(|_| !caller.is(&READERS));
    let wanted = |seen: &ApprovalAt<'_>| {
        // `agent:x@y` and `user:x@y` have one slug.
        own.is_none_or(|own| seen.approval.asked_by == *own)
            && is_asked_for(&seen.approval, listing, agent.as_deref(), seen.at)
    };
    let page: Vec<Place> = places.into_iter().take(listing.limit).collect();
    let (mut approvals, mut size, mut last) = (Vec::new(), 0, None);
    for chunk in page.chunks(READ_AT_ONCE) {
        if size > MOST_BYTES {
            return Ok(Page { approvals, next_cursor: last.map(cursor_of) });
        }
        let found = read(gate, &caller.workspace, listing.status, chunk).await?;
        let seen = try_join_all(found.iter().map(|approval| gate.see(approval))).await?;
        // Each is shown at its own place: what was decided in time is not where its deadline was.
        let at_home = |place: &Place| seen.iter().find(|seen| Place::of(&seen.approval) == *place);
        let shown = chunk.iter().filter_map(at_home).filter(|seen| wanted(seen));
        let shown: Vec<InboxItem> = shown.map(|seen| inbox_item(&seen.approval, None, seen.at)).collect();
        size += serde_json::to_vec(&shown).map_or(0, |text| text.len());
        approvals.extend(shown);
        last = chunk.last();
    }
    Ok(Page { approvals, next_cursor: last.filter(|_| more).map(cursor_of) })
}

/// The approvals at these places of an index, each once. Only a list of expired approvals writes the expiry of those that are past their
/// deadline.
async fn read(
    gate: &Gate,
    workspace: &Workspace,
    status: StatusFilter,
    places: &[Place],
) -> Result<Vec<Approval>, Failure> {
    let ids: BTreeSet<ApprovalId> = places.iter().map(|place| place.id.clone()).collect();
    let ids: Vec<ApprovalId> = ids.into_iter().collect();
    let mut found = gate.store.get_approvals(workspace, &ids, true).await?;
    let now = gate.clock.now();
    found.retain(|approval| status.holds(approval.status_at(now)));
    Ok(found)
}

fn cursor_of(place: &Place) -> String {
    BASE64URL_NOPAD.encode(place.order.as_bytes())
}

/// An index may lag; what is shown is what the approval itself says.
fn is_asked_for(approval: &Approval, listing: &Listing, agent: Option<&str>, now: Timestamp) -> bool {
    listing.status.holds(approval.status_at(now))
        && agent.is_none_or(|a| approval.agent() == a)
        && listing.task.as_ref().is_none_or(|t| approval.task_id.as_ref() == Some(t))
}

/// An agent sees its own and no others.
fn visible_agent(caller: &Caller, listing: &Listing) -> Result<Option<String>, Failure> {
    if caller.is(&READERS) {
        return Ok(listing.agent.clone());
    }
    let own = caller.must_be(&[Role::Agent])?.name();
    match &listing.agent {
        Some(other) if other != own => Err(Failure::Forbidden("an agent sees its own approvals only".into())),
        _ => Ok(Some(own.to_owned())),
    }
}

/// One more than the limit, merged over the shelves.
async fn places(
    gate: &Gate,
    caller: &Caller,
    listing: &Listing,
    by: &By,
    after: Option<&str>,
) -> Result<Vec<Place>, Failure> {
    let mut all = Vec::new();
    let limit = listing.limit + 1;
    for shelf in listing.status.shelves() {
        all.extend(gate.store.list_ids(&caller.workspace, *shelf, by, after, limit as i32).await?);
    }
    if listing.status.holds(Status::Expired) {
        all.extend(deadlines(gate, &caller.workspace, after, limit).await?);
    }
    all.sort_by(|a, b| b.cmp(a));
    all.dedup();
    Ok(all)
}

/// Places of what is past its deadline and perhaps on the shelf of what is open still: in the minutes that the sweep is not done with.
/// They are where they will be once that is written, so a page costs no more for them than its limit.
async fn deadlines(
    gate: &Gate,
    workspace: &Workspace,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Place>, Failure> {
    let now = gate.clock.now();
    let this_minute = minute_of(now);
    let before = after.and_then(|after| after.split('#').next()?.parse().ok());
    let last = before.map_or(this_minute, |before| minute_of(before).min(this_minute));
    // The usual case first: nothing is read for a page of what ended long ago.
    if last < this_minute - MOST_MINUTES {
        return Ok(Vec::new());
    }
    let done = gate.store.get_sweep_cursor().await?.unwrap_or(this_minute - FIRST_LOOK_BACK);
    let mut all = Vec::new();
    for minute in (done.max(this_minute - MOST_MINUTES) + 1..=last).rev() {
        all.extend(gate.store.list_deadlines(workspace, minute, now, after, limit as i32 + 1).await?);
        if all.len() >= limit {
            break;
        }
    }
    Ok(all)
}

fn read_cursor(cursor: &str) -> Result<String, Failure> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let text = bytes.and_then(|b| String::from_utf8(b).ok()).filter(|t| t.len() <= 100 && t.contains('#'));
    text.ok_or_else(|| Failure::invalid("cursor", "must be a next_cursor of the page before"))
}
