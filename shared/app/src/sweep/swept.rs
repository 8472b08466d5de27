//! What a sweep did, for the line that the log gets.

use serde::Serialize;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Swept {
    /// Things that were due and are done.
    pub done: usize,
    /// Things that could not be done; they are tried again two minutes later.
    pub failed: usize,
    /// Approvals for which `dispatch` got a nudge.
    pub redriven: usize,
}
