//! The inbox: newest first, by status, agent and task, in pages whose cost does not grow with what they leave out.

use crate::read_approval::READERS;
use crate::{Caller, Failure, Gate};
use data_encoding::BASE64URL_NOPAD;
use domain::view::{InboxItem, inbox_item};
use domain::{Approval, Role, Status, Timestamp};
use serde::Serialize;
use store::lists::{By, Place, Shelf};

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
    let wanted = |a: &&Approval| {
        // `agent:x@y` and `user:x@y` have one slug.
        own.is_none_or(|own| a.asked_by == *own) && is_asked_for(a, listing, agent.as_deref(), gate.clock.now())
    };
    let page: Vec<Place> = places.into_iter().take(listing.limit).collect();
    let (mut approvals, mut size, mut last) = (Vec::new(), 0, None);
    for chunk in page.chunks(READ_AT_ONCE) {
        if size > MOST_BYTES {
            return Ok(Page { approvals, next_cursor: last.map(cursor_of) });
        }
        let ids: Vec<_> = chunk.iter().map(|p| p.id.clone()).collect();
        let found = gate.store.get_approvals(&caller.workspace, &ids, true).await?;
        let shown: Vec<InboxItem> =
            found.iter().filter(wanted).map(|a| inbox_item(a, None, gate.clock.now())).collect();
        size += serde_json::to_vec(&shown).map_or(0, |text| text.len());
        approvals.extend(shown);
        last = chunk.last();
    }
    Ok(Page { approvals, next_cursor: last.filter(|_| more).map(cursor_of) })
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
    for shelf in listing.status.shelves() {
        all.extend(gate.store.list_ids(&caller.workspace, *shelf, by, after, listing.limit as i32 + 1).await?);
    }
    all.sort_by(|a, b| b.cmp(a));
    all.dedup();
    Ok(all)
}

fn read_cursor(cursor: &str) -> Result<String, Failure> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    let text = bytes.and_then(|b| String::from_utf8(b).ok()).filter(|t| t.len() <= 100 && t.contains('#'));
    text.ok_or_else(|| Failure::invalid("cursor", "must be a next_cursor of the page before"))
}
