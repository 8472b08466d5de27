//! What the host answered for, approval by approval: what it is held to in the end.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the host answered for, of one approval.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// What its parameters are marked with.
    pub mark: String,
    /// `appr_…`.
    pub id: String,
    /// The end that the answer to a decision named.
    pub decided: Option<&'static str>,
    /// The end that the waiting agent learned; none if the agent is called back.
    pub told: Option<String>,
    /// Whether somebody is called back.
    pub callback: bool,
    /// Whether it asks again what another asked.
    pub again: bool,
}

/// Everything that was answered for, and what went wrong at once.
#[derive(Debug, Default)]
pub struct Book(Mutex<(Vec<Kept>, Vec<String>)>);

impl Book {
    fn lock(&self) -> MutexGuard<'_, (Vec<Kept>, Vec<String>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down one more.
    pub fn keep(&self, kept: Kept) {
        self.lock().0.push(kept);
    }

    /// Writes down what came of one.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.lock().0.iter_mut().rev().find(|kept| kept.id == id) {
            change(kept);
        }
    }

    /// Writes down something that must not be.
    pub fn wrong(&self, what: String) {
        self.lock().1.push(what);
    }

    /// All of it.
    pub fn read(&self) -> (Vec<Kept>, Vec<String>) {
        self.lock().clone()
    }
}
