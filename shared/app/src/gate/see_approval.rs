//! The approval as an answer may show it. An expiry is written before any answer shows it.
//!
//! A passed deadline alone does not make an approval expired. A decision that was sent before the deadline may still arrive, delayed by
//! retries or by a clock that is behind. Each decision is conditional on the version it was made on. So a reader that finds an open
//! approval past its deadline writes the expiry first, under the same condition. One of the two writes wins, and the answer shows the
//! winner. This write replaces the sweep's, so an expiry costs no additional write.

use crate::{Failure, Gate};
use domain::{Approval, Command, Timestamp, apply};
use std::borrow::Cow;
use store::Write;

/// Tries before giving up: each one that fails has met a change.
const MOST_TRIES: usize = 50;

/// An approval, and an instant at which it may be shown.
///
/// INVARIANT 10: An approval past its deadline is expired, and no answer says so before the expiry is written. If the status at this
/// instant is `expired`, the table says so, and no decision can be written any more.
#[derive(Clone, Debug)]
pub struct ApprovalAt<'a> {
    /// The approval.
    pub approval: Cow<'a, Approval>,
    /// The instant.
    pub at: Timestamp,
}

impl Gate {
    /// An approval as it may be shown now. An open one past its deadline is expired first.
    ///
    /// # Errors
    /// `NotFound` if the approval was purged. If the table cannot be reached, nobody knows whether a decision was faster, so no state is
    /// returned.
    pub async fn see<'a>(&self, approval: &'a Approval) -> Result<ApprovalAt<'a>, Failure> {
        let mut approval = Cow::Borrowed(approval);
        for _ in 0..MOST_TRIES {
            let at = self.clock.now();
            if approval.status_at(at) == approval.status {
                return Ok(ApprovalAt { approval, at });
            }
            let expired = apply(&approval, Command::Expire, at)?.approval;
            match self.store.replace_approval(approval.version, &expired, None).await? {
                Write::Done => {
                    self.memory.changes.tell(&expired.id);
                    return Ok(ApprovalAt { approval: Cow::Owned(expired), at });
                }
                Write::Lost(Some(standing)) => approval = Cow::Owned(standing),
                Write::Lost(None) => return Err(Failure::NotFound("there is no such approval")),
            }
        }
        Err(Failure::Conflict("too many changes at once; try again"))
    }
}
