//! What a tree tells without facts: `kinds.rs` finds what can never hold, `reads.rs` which parameters are read. Only
//! `condition.rs` comes in.

mod kinds;
mod reads;

pub(crate) use kinds::check;
pub(crate) use reads::reads;
