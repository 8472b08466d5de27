//! Ends without a decision: cancelled, expired, not deliverable.

use super::change::Change;
use crate::approval::history::{Entry, Event};
use crate::approval::{ReasonCode, Status};
use crate::{Principal, Refusal};

pub(super) fn cancel(change: &mut Change, by: Option<Principal>, reason: Option<String>) -> Result<(), Refusal> {
    if change.next.reason_code == Some(ReasonCode::Cancelled) {
        return Ok(());
    }
    change.must_be_open()?;
    end(change, Status::Denied, ReasonCode::Cancelled, Event::Cancelled, by, reason);
    Ok(())
}

pub(super) fn expire(change: &mut Change) -> Result<(), Refusal> {
    if !change.next.status.is_open() {
        return if change.next.status == Status::Expired { Ok(()) } else { Err(Refusal::ended(change.next.status)) };
    }
    if change.now < change.next.expires_at {
        return Err(Refusal::InvalidState("the deadline has not come".into()));
    }
    end(change, Status::Expired, ReasonCode::Expired, Event::Expired, None, None);
    // It ended when its time was over, whenever that was noticed.
    change.next.decided_at = Some(change.next.expires_at);
    Ok(())
}

pub(super) fn fail_delivery(change: &mut Change, reason: String) -> Result<(), Refusal> {
    if change.next.reason_code == Some(ReasonCode::DeliveryFailed) {
        return Ok(());
    }
    change.must_be_open()?;
    end(change, Status::Denied, ReasonCode::DeliveryFailed, Event::Denied, None, Some(reason));
    Ok(())
}

fn end(
    change: &mut Change,
    status: Status,
    code: ReasonCode,
    event: Event,
    by: Option<Principal>,
    reason: Option<String>,
) {
    change.next.status = status;
    change.next.reason_code = Some(code);
    change.next.reason = reason.clone();
    change.next.decided_at = Some(change.now);
    change.record(Entry::new(event, change.now, by.as_ref(), reason));
}
