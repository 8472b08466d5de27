//! Finding approvals by a text: the pages of a list are read, newest first, until enough of them say it. There is no index of words, so
//! one search reads a bounded number of approvals, and its cursor leads on from there.

use crate::look::list_approvals::{Listing, Page, list_approvals};
use crate::{Caller, Failure, Gate};
use domain::view::InboxItem;

/// Approvals that one search looks through.
const MOST_READ: usize = 500;

/// Lists what says a text, whatever its case: in the title, the action, the parameters as they are shown, the justification, the
/// agent's or the requester's name, or the task. It ends where a page that was read ends, so it may hold a few more than the limit.
///
/// # Errors
/// As for [`list_approvals`].
pub async fn search_approvals(gate: &Gate, caller: &Caller, listing: &Listing, text: &str) -> Result<Page, Failure> {
    let wanted = text.to_lowercase();
    let mut found = Page { approvals: Vec::new(), next_cursor: listing.cursor.clone() };
    let mut read = 0;
    while read < MOST_READ {
        let page = Listing { cursor: found.next_cursor.take(), ..listing.clone() };
        let page = list_approvals(gate, caller, &page).await?;
        read += listing.limit.max(1);
        found.approvals.extend(page.approvals.into_iter().filter(|item| says(item, &wanted)));
        found.next_cursor = page.next_cursor;
        if found.next_cursor.is_none() || found.approvals.len() >= listing.limit {
            break;
        }
    }
    Ok(found)
}

fn says(item: &InboxItem, wanted: &str) -> bool {
    let texts = [Some(&item.title), Some(&item.description), Some(&item.agent), Some(&item.requester.id)];
    let more = [item.requester.display.as_ref(), item.task_id.as_ref()];
    let plain = texts.into_iter().chain(more).flatten().any(|text| text.to_lowercase().contains(wanted));
    plain || serde_json::to_string(&item.action).is_ok_and(|json| json.to_lowercase().contains(wanted))
}
