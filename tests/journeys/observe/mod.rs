//! What is logged, counted and paid for.

pub(crate) mod ledger;
pub(crate) mod measured;
pub(crate) mod observed;
pub(crate) mod traced;
