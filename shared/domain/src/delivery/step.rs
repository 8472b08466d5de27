//! `after(delivery, attempt) → (delivery, effects)`: what follows from one call of a vendor for one card. The function is pure, and has a
//! result for every answer. It decides three things: whether the card is tried again, how long the next attempt waits at least, and what
//! happens to a connector that refuses. After a 429 the delivery stands in line, and `store::deliveries::turns` gives it the time of its
//! turn.
//!
//! INVARIANT 2: A delivery is a pure machine too; this module says what follows from a vendor's answer.

use super::entry::{Entry, Try, What};
use super::waits::{self, Again, CLOSED, ROUNDS};
use super::{Address, Behind, Delivery};
use crate::{Approval, Timestamp};
use jiff::SignedDuration;

/// From this many failures on, the delivery's own wait also says how long the connector stays closed for the others.
const SETTLED: u32 = 3;

/// What a vendor answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor shows the approval, at this address.
    Shown(Address),
    /// Too many calls (429), perhaps with the time to wait.
    TooMany(Option<SignedDuration>),
    /// Another attempt can help, perhaps after a time that the vendor named.
    Failed(Option<SignedDuration>),
    /// Another attempt would fail as well.
    Refused {
        /// The vendor answered 410: this address never takes anything again.
        gone: bool,
    },
    /// Somebody deleted the card, or the channel that has it.
    Removed,
}

/// An attempt that was made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The approval that was to be shown.
    pub approval: &'a Approval,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// Whether this attempt tests, for all other deliveries, a connector that failed. The others wait for a minute from then on.
    pub finds_out: bool,
    /// When the attempt ended.
    pub now: Timestamp,
}

/// What the writer of a card does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Wait for so long under the lease, and try again.
    TryAgain(SignedDuration),
    /// Store a timer.
    LookAgain(Timestamp),
    /// Take the next turn at the connector, not before this time; the delivery waits for its turn.
    StandInLine(Timestamp),
    /// Close the connector for all other deliveries.
    Close {
        /// The moment.
        until: Timestamp,
        /// Whether a longer closing is shortened, because this delivery tested the connector for all others.
        decides: bool,
    },
    /// Leave a dead letter.
    GiveUp,
    /// Disable the connector.
    Disable,
}

/// What follows from an attempt.
pub fn after(delivery: &Delivery, attempt: Attempt<'_>) -> (Delivery, Vec<Effect>) {
    let mut next = delivery.clone();
    let effects = match attempt.outcome {
        Outcome::Shown(address) => show(&mut next, address, attempt.approval.version),
        Outcome::TooMany(asked) => hold_off(&mut next, *asked, attempt),
        Outcome::Failed(asked) if delivery.is_out() => not_updated(&mut next, *asked, attempt),
        Outcome::Failed(asked) => not_posted(&mut next, *asked, attempt),
        Outcome::Refused { gone } => refuse(&mut next, *gone, attempt.approval.version),
        Outcome::Removed => remove(&mut next, attempt),
    };
    (next, effects)
}

fn show(next: &mut Delivery, address: &Address, version: u64) -> Vec<Effect> {
    let Address { channel, ts, team, app } = address.clone();
    (next.channel, next.ts, next.team, next.app) = (channel, ts, team, app);
    (next.shown, next.failures, next.held_off) = (version, 0, 0);
    (next.not_before, next.behind, next.in_line) = (None, None, false);
    Vec::new()
}

/// A 429 uses up no round of the delivery. A short wait after the first 429 is waited under the lease. Otherwise the delivery stands in
/// line, and the connector is closed for as long as the vendor asks.
fn hold_off(
    next: &mut Delivery,
    asked: Option<SignedDuration>,
    Attempt { approval, now, finds_out, .. }: Attempt<'_>,
) -> Vec<Effect> {
    let first = !std::mem::replace(&mut next.in_line, true);
    next.held_off += 1;
    if let Some(wait) = waits::waited_on_the_spot(0, asked).filter(|_| first) {
        return vec![Effect::TryAgain(wait)];
    }
    let usual =
        || waits::after(Again::Post, next.held_off.min(ROUNDS - 1), None, &approval.id).map(|wait| wait.min(CLOSED));
    let until = now + asked.filter(SignedDuration::is_positive).or_else(usual).unwrap_or_default();
    vec![Effect::StandInLine(until), Effect::Close { until, decides: finds_out }]
}

/// A failed post. An event in between, such as a vote, does not begin the next round early.
fn not_posted(
    next: &mut Delivery,
    asked: Option<SignedDuration>,
    Attempt { approval, now, finds_out, .. }: Attempt<'_>,
) -> Vec<Effect> {
    let came_back = next.in_line || next.failures > 0;
    (next.failures, next.held_off, next.in_line) = (next.failures + 1, 0, false);
    if let Some(wait) = waits::waited_on_the_spot(next.failures, asked) {
        return vec![Effect::TryAgain(wait)];
    }
    let Some(wait) = waits::after(Again::Post, next.failures, asked, &approval.id) else { return vec![Effect::GiveUp] };
    next.not_before = Some(now + wait);
    // A delivery that tests the connector for the others closes it for at least a minute, even if its own wait is still shorter.
    let least = if finds_out && next.failures < SETTLED { CLOSED } else { wait.min(CLOSED) };
    let closed = Effect::Close { until: now + least.max(asked.unwrap_or_default()), decides: finds_out };
    if came_back { vec![closed] } else { Vec::new() }
}

/// A failed update of a card. Each version of the approval has its own count of attempts.
fn not_updated(
    next: &mut Delivery,
    asked: Option<SignedDuration>,
    Attempt { approval, now, .. }: Attempt<'_>,
) -> Vec<Effect> {
    let newer = next.behind.is_none_or(|behind| behind.version < approval.version);
    next.failures = if newer { 1 } else { next.failures + 1 };
    (next.held_off, next.in_line) = (0, false);
    next.behind = Some(Behind { version: approval.version, until: Some(now) });
    if let Some(wait) = waits::waited_on_the_spot(next.failures, asked) {
        return vec![Effect::TryAgain(wait)];
    }
    next.not_before = asked.filter(SignedDuration::is_positive).map(|asked| now + asked);
    let until = waits::after(Again::Update, next.failures, asked, &approval.id).map(|wait| now + wait);
    next.behind = Some(Behind { version: approval.version, until });
    vec![until.map_or(Effect::GiveUp, Effect::LookAgain)]
}

/// After a final refusal the delivery no longer uses this connector.
fn refuse(next: &mut Delivery, gone: bool, version: u64) -> Vec<Effect> {
    if next.is_out() {
        next.failures += 1;
        next.behind = Some(Behind { version, until: None });
    } else {
        next.refused = true;
    }
    if gone { vec![Effect::Disable, Effect::GiveUp] } else { vec![Effect::GiveUp] }
}

/// Somebody deleted the card. After the approval's end nothing is lost. Before the end people must still be asked, so the card is posted
/// once more. If that card is deleted as well, other connectors carry the approval, or the console does.
fn remove(next: &mut Delivery, Attempt { approval, now, .. }: Attempt<'_>) -> Vec<Effect> {
    if !approval.status_at(now).is_open() {
        next.shown = approval.version;
        return Vec::new();
    }
    let before = next.removed.is_some();
    next.forget_card();
    next.refused = before;
    Vec::new()
}

/// What follows from one call of a machine: an executor or a callback. A refusal is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The machine took the message.
    Taken,
    /// The message is sent again at this time.
    Again(Timestamp),
    /// The message is never sent again.
    GivenUp,
}

/// What follows from one attempt to send a message to a machine.
pub fn after_sending(delivery: &Delivery, attempt: Attempt<'_>) -> (Delivery, Told) {
    let mut next = delivery.clone();
    next.shown = attempt.approval.version;
    let asked = match attempt.outcome {
        Outcome::Shown(_) => return (next, Told::Taken),
        Outcome::TooMany(asked) | Outcome::Failed(asked) => Some(*asked),
        Outcome::Refused { .. } | Outcome::Removed => None,
    };
    next.failures += 1;
    let wait = asked.and_then(|asked| waits::after(Again::Send, next.failures, asked, &attempt.approval.id));
    next.not_before = wait.map(|wait| attempt.now + wait);
    let told = next.not_before.map_or(Told::GivenUp, Told::Again);
    (next, told)
}

/// The entry in the delivery's log for one attempt: whether the vendor took it, its begin and end, the vendor's status and words.
pub fn entry(
    attempt: Try,
    taken: bool,
    (at, now): (Timestamp, Timestamp),
    (status_code, message): (Option<u16>, Option<String>),
) -> Entry {
    let duration_ms = now.duration_since(at).as_millis().max(0) as u64;
    Entry { event: What::of(attempt, taken), at, duration_ms, status_code, message }
}
