//! What the functions did, written down: which calls they made, what the table's operations cost, and how long each invocation took.

pub(crate) mod at_work;
pub mod calls;
pub mod invocations;
pub mod ledger;
