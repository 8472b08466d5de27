//! When each expiry was first seen somewhere.

use app::Clock;
use domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// An approval, and when it expires.
pub(super) struct Asked {
    /// `appr_…`.
    pub(super) id: String,
    pub(super) deadline: Timestamp,
}

/// The instant at which each approval's expiry was first seen somewhere, by the approval's id.
#[derive(Clone, Default)]
pub(super) struct Sightings(Arc<Mutex<HashMap<String, Timestamp>>>);

impl Sightings {
    /// Notes that an expiry is seen now. Later sightings change nothing.
    pub(super) fn note(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_insert_with(|| Clock::Wall.now());
    }

    /// How long after its deadline each expiry was seen; none where one has not been seen yet.
    pub(super) fn late(&self, asked: &[Asked]) -> Option<Vec<Duration>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |one: &Asked| Some(seen.get(&one.id)?.duration_since(one.deadline).try_into().unwrap_or_default());
        asked.iter().map(late).collect()
    }
}
