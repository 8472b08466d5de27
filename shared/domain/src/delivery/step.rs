//! `after(delivery, attempt) → (delivery, effects)`: what follows from an attempt to show an approval. Pure and total: the one place that
//! decides whether a card is tried again, not before when, and what becomes of a connector that refuses. After a 429 the line at the connector
//! (`store::deliveries::turns`) gives the moment.

use super::entry::{Entry, Try, What};
use super::waits::{self, Again, CLOSED, ROUNDS};
use super::{Address, Behind, Delivery};
use crate::{Approval, Timestamp};
use jiff::SignedDuration;

/// Failures from which on a delivery's own wait says how long the others are kept from its connector.
const SETTLED: u32 = 3;

/// What a vendor answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It shows the approval, there.
    Shown(Address),
    /// It wants less of it (429), and perhaps to be left alone for so long.
    TooMany(Option<SignedDuration>),
    /// Another attempt can help, perhaps after so long.
    Failed(Option<SignedDuration>),
    /// Another attempt fails as well; or the vendor wants nothing more of us, ever (410).
    Refused {
        /// 410.
        gone: bool,
    },
    /// Somebody deleted the card, or the place it was in.
    Removed,
}

/// An attempt that was made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The approval that was to be shown.
    pub approval: &'a Approval,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// Whether it was made to find out, for all others, whether a connector that failed works again. They wait for a minute from then on.
    pub finds_out: bool,
    /// When it is over.
    pub now: Timestamp,
}

/// What the writer of a card does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Waits for so long under the lease, and tries again.
    TryAgain(SignedDuration),
    /// Puts a timer.
    LookAgain(Timestamp),
    /// Takes the next turn at the connector, not before then; the delivery waits for it.
    StandInLine(Timestamp),
    /// Keeps all other deliveries from the connector until then.
    Close {
        /// The moment.
        until: Timestamp,
        /// Whether a closing that lasts longer is shortened: the delivery found out for all others.
        decides: bool,
    },
    /// Leaves a dead letter.
    GiveUp,
    /// Disables the connector.
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

/// A vendor that only wants less is a matter of turns, not of rounds. The first short wait is waited out under the lease; else the
/// delivery stands in line, and everybody else leaves the connector alone for as long as it asks.
fn hold_off(
    next: &mut Delivery,
    asked: Option<SignedDuration>,
    Attempt { approval, now, finds_out, .. }: Attempt<'_>,
) -> Vec<Effect> {
    let first = !std::mem::replace(&mut next.in_line, true);
    next.held_off += 1;
    if let Some(wait) = waits::here(0, asked).filter(|_| first) {
        return vec![Effect::TryAgain(wait)];
    }
    let usual =
        || waits::after(Again::Post, next.held_off.min(ROUNDS - 1), None, &approval.id).map(|wait| wait.min(CLOSED));
    let until = now + asked.filter(SignedDuration::is_positive).or_else(usual).unwrap_or_default();
    vec![Effect::StandInLine(until), Effect::Close { until, decides: finds_out }]
}

/// Who only looks at the approval in between, for a vote say, does not begin the next round early.
fn not_posted(
    next: &mut Delivery,
    asked: Option<SignedDuration>,
    Attempt { approval, now, finds_out, .. }: Attempt<'_>,
) -> Vec<Effect> {
    let came_back = next.in_line || next.failures > 0;
    (next.failures, next.held_off, next.in_line) = (next.failures + 1, 0, false);
    if let Some(wait) = waits::here(next.failures, asked) {
        return vec![Effect::TryAgain(wait)];
    }
    let Some(wait) = waits::after(Again::Post, next.failures, asked, &approval.id) else { return vec![Effect::GiveUp] };
    next.not_before = Some(now + wait);
    // A delivery that found out for the others, and has hardly begun its own rounds, keeps them waiting for a minute all the same.
    let least = if finds_out && next.failures < SETTLED { CLOSED } else { wait.min(CLOSED) };
    let closed = Effect::Close { until: now + least.max(asked.unwrap_or_default()), decides: finds_out };
    if came_back { vec![closed] } else { Vec::new() }
}

/// A card that is out is updated later. A newer version has attempts of its own.
fn not_updated(
    next: &mut Delivery,
    asked: Option<SignedDuration>,
    Attempt { approval, now, .. }: Attempt<'_>,
) -> Vec<Effect> {
    let newer = next.behind.is_none_or(|behind| behind.version < approval.version);
    next.failures = if newer { 1 } else { next.failures + 1 };
    (next.held_off, next.in_line) = (0, false);
    next.behind = Some(Behind { version: approval.version, until: Some(now) });
    if let Some(wait) = waits::here(next.failures, asked) {
        return vec![Effect::TryAgain(wait)];
    }
    next.not_before = asked.filter(SignedDuration::is_positive).map(|asked| now + asked);
    let until = waits::after(Again::Update, next.failures, asked, &approval.id).map(|wait| now + wait);
    next.behind = Some(Behind { version: approval.version, until });
    vec![until.map_or(Effect::GiveUp, Effect::LookAgain)]
}

/// A refusal for good drops the connector.
fn refuse(next: &mut Delivery, gone: bool, version: u64) -> Vec<Effect> {
    if next.is_out() {
        next.failures += 1;
        next.behind = Some(Behind { version, until: None });
    } else {
        next.refused = true;
    }
    if gone { vec![Effect::Disable, Effect::GiveUp] } else { vec![Effect::GiveUp] }
}

/// Somebody deleted the card. After the end nothing is lost. Before it people are still asked, so the card is posted once more; if
/// that is deleted too, nobody wants it there, and others carry the approval or the console does.
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

/// What follows from telling a machine: whether it took it, or when it is told again; a refusal is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It took it.
    Taken,
    /// It is told again then.
    Again(Timestamp),
    /// Nobody tells it any more.
    GivenUp,
}

/// What follows from an attempt to tell a machine.
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

/// What an attempt is noted as: whether it was taken, from when to when it was made, the vendor's status and what it said.
pub fn entry(
    attempt: Try,
    taken: bool,
    (at, now): (Timestamp, Timestamp),
    (status_code, message): (Option<u16>, Option<String>),
) -> Entry {
    let duration_ms = now.duration_since(at).as_millis().max(0) as u64;
    Entry { event: What::of(attempt, taken), at, duration_ms, status_code, message }
}
