//! Between two sweeps: what becomes due is done at its own second, so that nobody waits for the next minute. That holds for what is put
//! after the sweep began, too, so the minute is read again each second.
//!
//! What could not be done is done by the next sweep, which looks at the same minutes once more.

use crate::sweep::sweep_due::do_all;
use crate::{Failure, Gate};
use bus::Bus;
use domain::Timestamp;
use jiff::SignedDuration;
use std::collections::HashSet;
use store::due::{Due, minute_of};

/// How long a sweep goes on: the next one may begin some seconds late, and both may do the same.
const GOES_ON: SignedDuration = SignedDuration::from_secs(70);
/// How often it looks.
const EVERY: SignedDuration = SignedDuration::from_secs(1);

/// What has become due since a sweep.
#[derive(Debug)]
pub struct Ahead {
    since: Timestamp,
    looked: Timestamp,
    /// What was tried, done or not.
    tried: HashSet<Due>,
}

impl Ahead {
    /// Nothing yet, from an instant on.
    pub fn since(since: Timestamp) -> Self {
        Self { since, looked: since, tried: HashSet::new() }
    }

    /// Does what has become due since the last time.
    pub async fn tell(&mut self, gate: &Gate, bus: &Bus) -> Result<(), Failure> {
        let now = gate.clock.now();
        let mut due = Vec::new();
        for minute in minute_of(self.looked)..=minute_of(now) {
            due.extend(gate.store.glance_at_due(minute, now).await?);
        }
        due.retain(|due| self.since < due.at && !self.tried.contains(due));
        self.tried.extend(due.iter().cloned());
        for (due, done) in do_all(gate, bus, due).await {
            if let Err(why) = done {
                tracing::error!(approval = %due.id, kind = ?due.kind, %why, "a timer is left to the next sweep");
            }
        }
        self.looked = now;
        Ok(())
    }
}

/// Does what becomes due, second by second, until the next sweep has begun. By a manual clock it is over at once.
pub async fn tell_ahead(gate: &Gate, bus: &Bus, since: Timestamp) -> Result<(), Failure> {
    let mut ahead = Ahead::since(since);
    let mut next = since + EVERY;
    while next <= since + GOES_ON && gate.clock.reach(next).await {
        ahead.tell(gate, bus).await?;
        next = (next + EVERY).max(gate.clock.now());
    }
    Ok(())
}
