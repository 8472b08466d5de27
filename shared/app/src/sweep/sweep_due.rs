//! Every minute: does what is due, re-drives what lags behind its approval, then moves its cursor past the minutes that are done.
//!
//! It holds no connector's credentials: a delivery that is due or lags is told to `dispatch` over the bus.

use crate::decide::escalate_approval::escalate_approval;
use crate::decide::expire_approval::expire_approval;
use crate::deliver::look_again::tell_all_to_deliver;
use crate::facts::Fact;
use crate::memory::sweeps::{FIRST_LOOK_BACK, MOST_MINUTES};
use crate::sweep::redrive::{redrive_minutes, redrive_since};
use crate::sweep::swept::Swept;
use crate::{Failure, Gate};
use bus::Bus;
use domain::Timestamp;
use futures::{StreamExt as _, stream};
use jiff::SignedDuration;
use store::due::{Due, DueKind, minute_of, start_of};

/// Minutes before this one that stay open: an item may be put a little after its time, by a slow write or another clock.
const OPEN_MINUTES: i64 = 1;
/// What is due is written before its approval, which comes within this time or never: no request takes so long. The minutes that stay
/// open are longer than that, so it is looked at again before the cursor passes; and TTL leaves what is
/// due for longer than that.
const COMES_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// How long after a failure something due is tried again.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(2);
/// Minutes after which the cursor is moved on.
const MINUTES_AT_A_TIME: i64 = 30;
/// What is due that is done at once.
const AT_ONCE: usize = 16;

/// Sweeps once: what is due in the minutes that run, then the minutes that are over, each to its end.
///
/// # Errors
/// The table or the bus could not be asked.
pub async fn sweep_due(gate: &Gate, bus: &Bus) -> Result<Swept, Failure> {
    let now = gate.clock.now();
    let this_minute = minute_of(now);
    let mut swept = Swept::default();
    // First of all, however far the cursor is behind: what is due now does not wait for what was due during an outage.
    for minute in this_minute - OPEN_MINUTES..=this_minute {
        do_due(gate, bus, minute, now, &mut swept).await?;
    }
    let mut done = gate.store.get_sweep_cursor().await?.unwrap_or(this_minute - FIRST_LOOK_BACK);
    let moved = move_on(gate, bus, &mut done, now, &mut swept).await;
    // However far it came: a sweep that does not get on is seen by that.
    gate.facts.note(Fact::swept(start_of(done + 1), gate.clock.now()));
    moved.map(|()| swept)
}

/// Does the minutes that are over, one by one, and moves the cursor past some at a time.
async fn move_on(gate: &Gate, bus: &Bus, done: &mut i64, now: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    let over = (minute_of(now) - OPEN_MINUTES - 1).min(*done + MOST_MINUTES);
    while *done < over {
        let (first, last) = (*done + 1, over.min(*done + MINUTES_AT_A_TIME));
        for minute in first..=last {
            do_due(gate, bus, minute, now, swept).await?;
        }
        redrive_minutes(gate, bus, first, last, swept).await?;
        gate.store.advance_sweep_cursor(last).await?;
        *done = last;
    }
    Ok(())
}

/// After an outage that lasted longer than the stream keeps its records: everything asked or ended since then is looked at again.
///
/// # Errors
/// The table or the bus could not be asked.
pub async fn replay_since(gate: &Gate, bus: &Bus, since: Timestamp) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    redrive_since(gate, bus, since, &mut swept).await?;
    Ok(swept)
}

async fn do_due(gate: &Gate, bus: &Bus, minute: i64, now: Timestamp, swept: &mut Swept) -> Result<(), Failure> {
    let due = gate.store.list_due(minute, now).await?;
    for (due, done) in do_all(gate, bus, due).await {
        note(gate, due, done, now, swept).await?;
    }
    Ok(())
}

/// Does what is due, so much at once; what came of each. Each approval's deliveries are told once, however many of them are due, and
/// what this process knows to be done is left out.
pub(crate) async fn do_all(gate: &Gate, bus: &Bus, due: Vec<Due>) -> Vec<(Due, Result<(), Failure>)> {
    let (mut deliveries, others): (Vec<Due>, Vec<Due>) =
        due.into_iter().filter(|due| !gate.memory.sweeps.is_done(due)).partition(|due| due.kind == DueKind::Delivery);
    deliveries.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    deliveries.dedup_by(|a, b| a.id == b.id);
    let each = stream::iter(others).map(|due| async move {
        let done = do_one(gate, &due).await;
        (due, done)
    });
    let mut all: Vec<(Due, Result<(), Failure>)> = each.buffer_unordered(AT_ONCE).collect().await;
    if !deliveries.is_empty() {
        let told = tell_all_to_deliver(bus, &deliveries).await;
        all.extend(deliveries.into_iter().zip(told));
    }
    all
}

async fn do_one(gate: &Gate, due: &Due) -> Result<(), Failure> {
    let found = match due.kind {
        DueKind::Deadline => expire_approval(gate, &due.workspace, &due.id).await?,
        DueKind::Escalation => escalate_approval(gate, &due.workspace, &due.id).await?,
        DueKind::Delivery => return Ok(()),
    };
    let now = gate.clock.now();
    if found || now.duration_since(due.at) >= COMES_WITHIN {
        gate.memory.sweeps.done(due.clone(), now);
    }
    Ok(())
}

async fn note(
    gate: &Gate,
    due: Due,
    done: Result<(), Failure>,
    now: Timestamp,
    swept: &mut Swept,
) -> Result<(), Failure> {
    let Err(why) = done else {
        swept.done += 1;
        return Ok(());
    };
    swept.failed += 1;
    tracing::error!(approval = %due.id, kind = ?due.kind, %why, "something due could not be done");
    // Under a later time, so that the minute can be finished: one that never works must not hold up all others.
    Ok(gate.store.put_due(&Due { at: now + TRY_AGAIN, ..due }).await?)
}
