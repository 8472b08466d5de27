//! What people see of an approval on one card, beside what the approval is: whether there is something to write at all.

use super::Delivery;
use super::plan::rests;
use crate::approval::{Executes, ExecutionStatus};
use crate::{Approval, Status, Timestamp};

/// What is to be done about one card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing: the card shows what is, or is not to be written yet.
    Current,
    /// The card is written under its lease.
    Behind,
    /// The card is out, nobody holds the lease, and the approval has ended: the card is updated immediately, without the lease.
    Ended,
}

/// What is to be done about a card, as the approval and its delivery were read. Of many events about an approval that has ended, only the
/// consumer of the `newest` one writes without the lease.
pub fn look(approval: &Approval, delivery: Option<&Delivery>, newest: bool, now: Timestamp) -> Look {
    match delivery {
        Some(delivery) if delivery.is_out() => match delivery.shown >= approval.version {
            true => Look::Current,
            // A timer is stored for when that is over.
            false if rests(delivery, approval, now) => Look::Current,
            // An update that the lease's holder has on its way is older, and would show an open approval again if it arrived after the end.
            false if !delivery.is_held(now) && newest && is_final(approval) => Look::Ended,
            false => Look::Behind,
        },
        // Posted by nobody, and ended: nobody is asked any more.
        None if !approval.status.is_open() => Look::Current,
        Some(delivery) if !approval.status.is_open() && delivery.shown >= approval.version => Look::Current,
        _ => Look::Behind,
    }
}

/// Whether nothing can change what is shown any more.
fn is_final(approval: &Approval) -> bool {
    let executed = approval.execution.as_ref().is_some_and(|e| e.status != ExecutionStatus::Pending);
    let awaits = approval.status == Status::Approved && approval.executes == Executes::Gate && !executed;
    !approval.status.is_open() && !awaits
}
