//! Between two sweeps: does each timer at its own second, so that nobody waits for the next minute. A timer may be stored after the sweep
//! began, so the minute is read again each second.
//!
//! A timer that failed is done by the next sweep, which reads the same minutes once more.

use crate::sweep::sweep_due::do_all;
use crate::{Failure, Gate};
use bus::Bus;
use domain::Timestamp;
use jiff::SignedDuration;
use std::collections::HashSet;
use store::due::{Due, minute_of};

/// How long a sweep goes on. The next one may begin some seconds late, so two sweeps may do the same timer.
const GOES_ON: SignedDuration = SignedDuration::from_secs(70);
/// How often it looks.
const EVERY: SignedDuration = SignedDuration::from_secs(1);

/// The timers that have become due since a sweep.
#[derive(Debug)]
pub struct Ahead {
    since: Timestamp,
    looked: Timestamp,
    /// The timers that were tried, done or not.
    tried: HashSet<Due>,
}

impl Ahead {
    /// Nothing yet, from an instant on.
    pub fn since(since: Timestamp) -> Self {
        Self { since, looked: since, tried: HashSet::new() }
    }

    /// Does the timers that have become due since the last call.
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

/// Does timers as they become due, second by second, until the next sweep has begun. With a manual clock this returns immediately.
pub async fn tell_ahead(gate: &Gate, bus: &Bus, since: Timestamp) -> Result<(), Failure> {
    let mut ahead = Ahead::since(since);
    let mut next = since + EVERY;
    while next <= since + GOES_ON && gate.clock.reach(next).await {
        ahead.tell(gate, bus).await?;
        next = (next + EVERY).max(gate.clock.now());
    }
    Ok(())
}
