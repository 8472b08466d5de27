//! Every minute: does each timer that is due, sends `dispatch` to each card that lags behind its approval, then moves the cursor past the
//! minutes whose timers are done.
//!
//! The sweep holds no connector's credentials. For a delivery that is due or lags, the sweep publishes a nudge, and `dispatch` does the
//! work.

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

/// Minutes before this one that stay open, because a slow write or another clock may store a timer a little after its time.
const OPEN_MINUTES: i64 = 1;
/// A timer is stored before the approval it protects. The approval is stored within this time or never, because no request takes so long. A
/// minute stays open for longer than that, so a timer whose approval is missing is done once more before the cursor passes the minute. TTL
/// also keeps a timer for longer than that.
const COMES_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// A timer that failed is tried again after this time.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(2);
/// After this many minutes the cursor is stored.
const MINUTES_AT_A_TIME: i64 = 30;
/// Timers that are done at the same time.
const AT_ONCE: usize = 16;

/// Sweeps once: first the timers of the minutes that are still open, then those of the minutes that have passed.
pub async fn sweep_due(gate: &Gate, bus: &Bus) -> Result<Swept, Failure> {
    let now = gate.clock.now();
    let this_minute = minute_of(now);
    let mut swept = Swept::default();
    // The current minutes come first, however far the cursor is behind: a timer that is due now does not wait for the timers of an outage.
    for minute in this_minute - OPEN_MINUTES..=this_minute {
        do_due(gate, bus, minute, now, &mut swept).await?;
    }
    let mut done = gate.store.get_sweep_cursor().await?.unwrap_or(this_minute - FIRST_LOOK_BACK);
    let moved = move_on(gate, bus, &mut done, now, &mut swept).await;
    // Also after a failure: the age of the cursor shows a sweep that makes no progress.
    gate.facts.note(Fact::swept(start_of(done + 1), gate.clock.now()));
    moved.map(|()| swept)
}

/// Does the timers of the minutes that have passed, minute by minute, and stores the cursor after some of them.
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

/// For after an outage that lasted longer than the stream keeps its records: sends `dispatch` to every approval that was asked or has ended
/// since then.
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

/// Does these timers, some at the same time, and returns the result of each. An approval gets one nudge, however many of its deliveries are
/// due. Timers that this process has done before are left out.
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
    tracing::error!(approval = %due.id, kind = ?due.kind, %why, "a timer could not be done");
    // Stored again under a later time, so that the cursor can pass this minute: a timer that always fails must not hold up all others.
    Ok(gate.store.put_due(&Due { at: now + TRY_AGAIN, ..due }).await?)
}
