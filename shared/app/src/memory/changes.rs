//! Changes written by this very process wake the answers it holds: on a laptop that is all of them, on Lambda few. An answer that is not
//! woken reads again after its own pause.

use domain::ApprovalId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Approvals kept before those nobody waits for any more are forgotten.
const TIDY_AT: usize = 1_024;

/// Who waits for what, in this process.
#[derive(Debug, Default)]
pub struct Changes(Mutex<HashMap<ApprovalId, Arc<Notify>>>);

impl Changes {
    /// The signal that wakes the answers held for an approval.
    pub(crate) fn of(&self, id: &ApprovalId) -> Arc<Notify> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= TIDY_AT && !waiting.contains_key(id) {
            waiting.retain(|_, wake| Arc::strong_count(wake) > 1);
        }
        waiting.entry(id.clone()).or_default().clone()
    }

    /// Wakes the answers held for an approval.
    pub(crate) fn tell(&self, id: &ApprovalId) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wake) = waiting.get(id) {
            wake.notify_waiters();
        }
    }
}
