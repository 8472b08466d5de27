//! Answers that are held until something changes. A held answer is a function that runs, so how many there are is bounded.
//!
//! Local invariant: one process holds at most [`MOST_EACH`] answers for one token; who comes then is answered at once. The local host is
//! one process. On AWS a process holds one answer at a time, so what bounds all tokens together is what the template reserves for the
//! functions that hold, and holding takes nothing from any other function. Without a reservation nothing is held.

use domain::{ApprovalId, limits};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Held answers that one token may have at once: a client, the one that takes its place, and somebody who looks on.
const MOST_EACH: usize = 3;
/// The longest time that an answer is held.
const LONGEST: Duration = Duration::from_secs(limits::HOLD_SEC);
/// What a client that was not held should wait for before it asks again, in seconds.
pub const ASK_AGAIN_SEC: u64 = 5;

/// What is held in this process.
#[derive(Clone, Debug)]
pub struct Holds {
    allowed: bool,
    held: Arc<Mutex<HashMap<ApprovalId, usize>>>,
}

/// One answer that is held, until it is dropped.
#[derive(Debug)]
pub struct Hold {
    id: ApprovalId,
    held: Arc<Mutex<HashMap<ApprovalId, usize>>>,
}

impl Default for Holds {
    fn default() -> Self {
        Self { allowed: true, held: Arc::default() }
    }
}

impl Holds {
    /// No answer is held: nothing is reserved for those that would be.
    pub fn none() -> Self {
        Self { allowed: false, held: Arc::default() }
    }

    /// Begins to hold an answer about an approval; none where too many are held.
    pub(crate) fn begin(&self, id: &ApprovalId) -> Option<Hold> {
        let mut held = lock(&self.held);
        let count = held.entry(id.clone()).or_default();
        if !self.allowed || *count >= MOST_EACH {
            held.retain(|_, count| *count > 0);
            return None;
        }
        *count += 1;
        Some(Hold { id: id.clone(), held: self.held.clone() })
    }
}

impl Hold {
    /// How long an answer is held where so long is asked for.
    pub fn at_most(&self, asked: Duration) -> Duration {
        asked.min(LONGEST)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        if let Some(count) = held.get_mut(&self.id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.id);
            }
        }
    }
}

fn lock(held: &Mutex<HashMap<ApprovalId, usize>>) -> MutexGuard<'_, HashMap<ApprovalId, usize>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
