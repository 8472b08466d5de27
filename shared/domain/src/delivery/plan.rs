//! What is to be done about a card now, before any vendor is called.

use super::Delivery;
use crate::{Approval, Timestamp};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Nothing: the card shows what is, or nobody is to be called yet.
    Nothing,
    /// Nothing more, ever: it was refused, and the approval has ended.
    NothingMore,
    /// Nothing any more: the approval ended before it could be posted.
    TooLate,
    /// The card is posted.
    Post,
    /// The card is updated.
    Update,
}

/// What is to be done about a card of an approval.
pub fn todo(delivery: &Delivery, approval: &Approval, now: Timestamp) -> Todo {
    let is_open = approval.status_at(now).is_open();
    match delivery.is_out() {
        true if delivery.shown >= approval.version || rests(delivery, approval, now) => Todo::Nothing,
        true => Todo::Update,
        false if !is_open && delivery.refused => Todo::NothingMore,
        false if !is_open => Todo::TooLate,
        false if delivery.is_given_up() => Todo::Nothing,
        false if rests(delivery, approval, now) => Todo::Nothing,
        false => Todo::Post,
    }
}

/// Whether it is too early: the vendor wants to be left alone, or it failed to show this very version.
pub fn rests(delivery: &Delivery, approval: &Approval, now: Timestamp) -> bool {
    // A replay resets the failures, so an earlier failed update does not count.
    let behind = delivery.behind.filter(|b| delivery.failures > 0 && b.version >= approval.version);
    let rests = behind.is_some_and(|b| b.until.is_none_or(|until| now < until));
    rests || delivery.not_before.is_some_and(|asked| now < asked)
}
