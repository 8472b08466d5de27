//! The arithmetic of an overview: what ended over a span, when, how fast, and whose it was.

use domain::Timestamp;
use jiff::SignedDuration;
use std::collections::BTreeMap;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Agents or actions that are listed by name; the rest is summed up.
const MOST_NAMED: usize = 8;

/// How far back an overview looks: whole hours or days (UTC), the one we are in included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
}

impl Span {
    /// The length of a bucket in seconds, and how many there are.
    fn buckets(self) -> (i64, usize) {
        match self {
            Self::Day => (HOUR, 24),
            Self::Week => (DAY, 7),
            Self::Month => (DAY, 30),
        }
    }

    /// When it begins.
    pub fn from(self, now: Timestamp) -> Timestamp {
        let (size, count) = self.buckets();
        let first = begin(now, size) - size * (count as i64 - 1);
        Timestamp::from_second(first).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The beginning, in seconds, of the hour or day (UTC) that an instant lies in.
fn begin(at: Timestamp, size: i64) -> i64 {
    at.as_second().div_euclid(size) * size
}

/// How an approval ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// People agreed.
    Approved,
    /// Somebody refused.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// The request was cancelled, or it reached nobody.
    Withdrawn,
}

/// An approval that ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// When it was asked.
    pub asked: Timestamp,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub outcome: EndKind,
    /// The agent's slug.
    pub agent: String,
    /// The action's name.
    pub action: String,
}

impl Ended {
    fn is_decided(&self) -> bool {
        matches!(self.outcome, EndKind::Approved | EndKind::Denied)
    }
}

/// How many ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// People agreed.
    pub approved: usize,
    /// Somebody refused.
    pub denied: usize,
    /// Nobody decided in time.
    pub expired: usize,
    /// Cancelled, or it reached nobody.
    pub withdrawn: usize,
}

impl Tally {
    /// All of them.
    pub fn total(&self) -> usize {
        self.approved + self.denied + self.expired + self.withdrawn
    }

    fn count(&mut self, outcome: EndKind) {
        let of = match outcome {
            EndKind::Approved => &mut self.approved,
            EndKind::Denied => &mut self.denied,
            EndKind::Expired => &mut self.expired,
            EndKind::Withdrawn => &mut self.withdrawn,
        };
        *of += 1;
    }

    fn of<'a>(ended: impl IntoIterator<Item = &'a Ended>) -> Self {
        let mut tally = Self::default();
        ended.into_iter().for_each(|e| tally.count(e.outcome));
        tally
    }

    fn add(&mut self, other: &Self) {
        self.approved += other.approved;
        self.denied += other.denied;
        self.expired += other.expired;
        self.withdrawn += other.withdrawn;
    }
}

/// A name and what ended under it; without a name, all the others.
pub type Named = (Option<String>, Tally);

/// The figures of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Over the whole span.
    pub total: Tally,
    /// What people decided since midnight, UTC.
    pub decided_today: usize,
    /// The time people took, the middle of it.
    pub median: Option<SignedDuration>,
    /// The time within which they decided 95 of 100.
    pub p95: Option<SignedDuration>,
    /// By hour or day: when it begins, and what ended in it.
    pub buckets: Vec<(Timestamp, Tally)>,
    /// By agent, the busiest first.
    pub agents: Vec<Named>,
    /// By action, the busiest first.
    pub actions: Vec<Named>,
}

/// Sums up what ended; what ended before the span does not count.
pub fn figures(span: Span, now: Timestamp, ended: &[Ended]) -> Figures {
    let within: Vec<&Ended> = ended.iter().filter(|e| e.at >= span.from(now)).collect();
    let midnight = begin(now, DAY);
    let mut times: Vec<SignedDuration> =
        within.iter().filter(|e| e.is_decided()).map(|e| e.at.duration_since(e.asked)).collect();
    times.sort();
    Figures {
        total: Tally::of(within.iter().copied()),
        decided_today: within.iter().filter(|e| e.is_decided() && e.at.as_second() >= midnight).count(),
        median: nearest_rank(&times, 50),
        p95: nearest_rank(&times, 95),
        buckets: buckets(span, now, &within),
        agents: busiest(within.iter().map(|e| (e.agent.as_str(), e.outcome))),
        actions: busiest(within.iter().map(|e| (e.action.as_str(), e.outcome))),
    }
}

/// The smallest of sorted values that so many of a hundred do not exceed.
fn nearest_rank(sorted: &[SignedDuration], percent: usize) -> Option<SignedDuration> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn buckets(span: Span, now: Timestamp, within: &[&Ended]) -> Vec<(Timestamp, Tally)> {
    let (size, count) = span.buckets();
    let first = span.from(now).as_second();
    // Another machine's clock may be a little ahead: that is still the last bucket.
    let index = |e: &Ended| ((e.at.as_second() - first).div_euclid(size) as usize).min(count - 1);
    let one = |i: usize| {
        let begins = Timestamp::from_second(first + size * i as i64).unwrap_or(now);
        (begins, Tally::of(within.iter().copied().filter(|e| index(e) == i)))
    };
    (0..count).map(one).collect()
}

fn busiest<'a>(all: impl Iterator<Item = (&'a str, EndKind)>) -> Vec<Named> {
    let mut by_name: BTreeMap<&str, Tally> = BTreeMap::new();
    all.for_each(|(name, outcome)| by_name.entry(name).or_default().count(outcome));
    let mut named: Vec<(&str, Tally)> = by_name.into_iter().collect();
    // Stable: of as many, the first by name.
    named.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.total()));
    let rest = named.split_off(named.len().min(MOST_NAMED));
    let mut busiest: Vec<Named> = named.into_iter().map(|(name, tally)| (Some(name.to_owned()), tally)).collect();
    if !rest.is_empty() {
        let mut others = Tally::default();
        rest.iter().for_each(|(_, tally)| others.add(tally));
        busiest.push((None, others));
    }
    busiest
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-04-21T10:05:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ended(ended_at: &str, after_sec: i64, outcome: EndKind, agent: &str) -> Ended {
        let ended_at = at(ended_at);
        let asked = ended_at - SignedDuration::from_secs(after_sec);
        Ended { asked, at: ended_at, outcome, agent: agent.into(), action: "a.b".into() }
    }

    fn seconds(values: &[i64]) -> Vec<SignedDuration> {
        values.iter().map(|s| SignedDuration::from_secs(*s)).collect()
    }

    #[test]
    fn a_rank_is_the_nearest_one() {
        let of = |values: &[i64], percent| nearest_rank(&seconds(values), percent).map(|d| d.as_secs());
        assert_eq!((of(&[], 50), of(&[7], 50), of(&[7], 95)), (None, Some(7), Some(7)));
        assert_eq!((of(&[1, 2], 50), of(&[1, 2, 3], 50), of(&[1, 2, 3, 4], 50)), (Some(1), Some(2), Some(2)));
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!((of(&hundred, 50), of(&hundred, 95)), (Some(50), Some(95)));
        assert_eq!((of(&hundred[..20], 95), of(&hundred[..21], 95)), (Some(19), Some(20)));
    }

    #[test]
    fn a_span_is_of_whole_hours_or_days_with_the_one_we_are_in() {
        let begins = [Span::Day, Span::Week, Span::Month].map(|span| span.from(at(NOW)).to_string());
        assert_eq!(begins, ["2026-04-20T11:00:00Z", "2026-04-15T00:00:00Z", "2026-03-23T00:00:00Z"]);
    }

    #[test]
    fn what_ended_is_in_the_bucket_of_its_hour_and_what_ended_before_in_none() {
        let all = [
            ended("2026-04-20T10:59:59.999Z", 1, EndKind::Approved, "a"),
            ended("2026-04-20T11:00:00Z", 1, EndKind::Approved, "a"),
            ended("2026-04-21T09:59:59Z", 1, EndKind::Denied, "a"),
            ended("2026-04-21T10:00:00Z", 1, EndKind::Expired, "a"),
            ended("2026-04-21T11:00:01Z", 1, EndKind::Withdrawn, "a"),
        ];
        let figures = figures(Span::Day, at(NOW), &all);
        let counts: Vec<usize> = figures.buckets.iter().map(|(_, tally)| tally.total()).collect();
        assert_eq!((counts.len(), counts[0], counts[22], counts[23]), (24, 1, 1, 2));
        assert_eq!(figures.buckets[23].1, Tally { expired: 1, withdrawn: 1, ..Tally::default() });
        assert_eq!(figures.total, Tally { approved: 1, denied: 1, expired: 1, withdrawn: 1 });
    }

    #[test]
    fn only_what_people_decided_has_a_time_and_counts_as_decided_today() {
        let all = [
            ended("2026-04-21T00:00:00Z", 60, EndKind::Approved, "a"),
            ended("2026-04-20T23:59:59Z", 120, EndKind::Denied, "a"),
            ended("2026-04-21T09:00:00Z", 9_000, EndKind::Expired, "a"),
            ended("2026-04-21T09:00:00Z", 9_000, EndKind::Withdrawn, "a"),
        ];
        let figures = figures(Span::Day, at(NOW), &all);
        let took = |d: Option<SignedDuration>| d.map(|d| d.as_secs());
        assert_eq!((figures.decided_today, took(figures.median), took(figures.p95)), (1, Some(60), Some(120)));
    }

    #[test]
    fn the_busiest_eight_are_named_and_the_others_summed_up() {
        let mut all: Vec<Ended> = Vec::new();
        for n in 0..10 {
            let agent = format!("agent-{n}");
            all.extend((0..=n).map(|_| ended("2026-04-21T10:00:00Z", 1, EndKind::Approved, &agent)));
        }
        let agents = figures(Span::Day, at(NOW), &all).agents;
        assert_eq!(agents.len(), 9);
        assert_eq!((agents[0].0.as_deref(), agents[0].1.total()), (Some("agent-9"), 10));
        assert_eq!((agents[8].0.as_deref(), agents[8].1.total()), (None, 3));
    }
}
