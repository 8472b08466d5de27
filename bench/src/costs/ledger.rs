//! `--ledger`: what one approval takes of everything that AWS charges for, by each way of waiting, as JSON. `checks/cost.py` makes
//! `docs/run/cost.md` of it.

use app::{Clock, Slack};
use jiff::SignedDuration;
use local::ledger::Ledger;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::costs::counts::Counts;
use crate::costs::ways::{Messages, Way, ask, see_through, wait_once, waiting};
use crate::host::http::Client;
use crate::host::slack;
use crate::host::system::{Start, System};
use crate::problem::Problem;

/// Approvals before those that are measured: they find out who Slack is and read the policy.
const WARM_UP: usize = 3;
/// Approvals that are measured; each figure is their mean.
const RUNS: usize = 20;
/// Periods of waiting that are measured, where they are short.
const PERIODS: usize = 10;
/// The function that does what is due.
const SWEEP: &str = "sweep";
/// How long the last of it is listened for.
const QUIET: Duration = Duration::from_millis(200);

/// Everything that was measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    /// `release`, or `debug`, whose durations say nothing.
    profile: &'static str,
    /// What each figure is the mean of.
    runs: usize,
    ways: BTreeMap<&'static str, ByWay>,
    /// Once TTL removes what an approval leaves behind.
    afterwards: Counts,
    /// The minute's sweep of a table in which nothing is due.
    sweep: Counts,
    /// Bytes that an approval leaves in the table for as long as it is kept, and items.
    kept: Kept,
}

#[derive(Debug, Default, Serialize)]
struct Kept {
    bytes: f64,
    items: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ByWay {
    /// Asked, a Slack card, the agent waits, decided by key, the card again, the agent knows.
    decided_at_once: Counts,
    /// What waiting longer adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
}

#[derive(Debug, Serialize)]
struct Period {
    seconds: u64,
    adds: Counts,
}

/// A host whose every use of anything is written down.
struct Scales {
    system: System,
    client: Client,
    clock: Clock,
    ledger: Ledger,
    events: broadcast::Receiver<Value>,
    home: String,
    sweeping: bool,
}

impl Scales {
    async fn set_up(way: Way) -> Result<Self, Problem> {
        let (ledger, clock, home) = (Ledger::default(), Clock::manual(Clock::Wall.now()), slack::start().await?);
        let slack = Slack { api_url: home.clone(), bot_token: Some("xoxb-bench".into()), ..Slack::default() };
        let start = Start {
            ledger: Some(ledger.clone()),
            slack: Some(slack),
            clock: clock.clone(),
            bursts: way == Way::Bursts,
            ..Start::default()
        };
        let system = start.start().await?;
        let client = Client::connect(&system.address).await?;
        let events = system.bus.listen();
        let mut scales = Self { system, client, clock, ledger, events, home, sweeping: false };
        for _ in 0..WARM_UP {
            scales.whole(way, Duration::ZERO).await?;
        }
        scales.take(1, Messages::default());
        Ok(scales)
    }

    async fn whole(&mut self, way: Way, hold: Duration) -> Result<Messages, Problem> {
        let asked = ask(&self.system, &mut self.client, way, &self.home).await?;
        see_through(&self.system, &mut self.client, way, &asked, hold).await
    }

    /// What was used since the last time, for each of so many.
    fn take(&mut self, of: usize, messages: Messages) -> Counts {
        let mut counts = Counts::of(messages);
        while self.events.try_recv().is_ok() {
            counts.event();
        }
        // The minute's sweep may run at any time, and is nobody's.
        let counted = |function: &str| self.sweeping || function != SWEEP;
        self.ledger.take().iter().filter(|line| counted(&line.function)).for_each(|line| counts.line(line));
        let invocations = self.ledger.take_invocations();
        invocations.iter().filter(|one| counted(&one.function)).for_each(|one| counts.invocation(one));
        counts.for_each(of)
    }

    /// Whole approvals, each decided once its agent has waited so long; one of them, on average.
    async fn wholes(&mut self, way: Way, count: usize, hold: Duration) -> Result<Counts, Problem> {
        let mut messages = Messages::default();
        for _ in 0..count {
            let told = self.whole(way, hold).await?;
            messages.received += told.received;
        }
        // Nothing says when a connection that the agent has left is noticed.
        tokio::time::sleep(QUIET).await;
        Ok(self.take(count, messages))
    }

    /// Periods of waiting for something that nobody decides; one of them, on average.
    async fn periods(&mut self, way: Way, count: usize) -> Result<Counts, Problem> {
        let asked = ask(&self.system, &mut self.client, way, &self.home).await?;
        let mut socket = waiting(&self.system, way, &asked).await?;
        self.take(1, Messages::default());
        let mut messages = Messages::default();
        for _ in 0..count {
            let told = wait_once(&self.system, &mut self.client, way, &asked, socket.as_mut()).await?;
            messages = Messages { sent: messages.sent + told.sent, received: messages.received + told.received };
        }
        Ok(self.take(count, messages))
    }

    /// What TTL's removal of what so many approvals left behind sets off, for each.
    async fn afterwards(&mut self) -> Result<Counts, Problem> {
        self.wholes(Way::Callback, RUNS, Duration::ZERO).await?;
        self.clock.advance(SignedDuration::from_hours(72));
        self.system.engine.sweep_ttl().await?;
        self.system.settle().await?;
        Ok(self.take(RUNS + WARM_UP, Messages::default()))
    }

    /// What is left of an approval once TTL has removed what it removes.
    async fn kept(&self) -> Result<Kept, Problem> {
        let scan = json!({ "TableName": self.system.table }).to_string();
        let (_, answer) = self.system.engine.execute("Scan", scan.into_bytes()).await;
        let page: Value = serde_json::from_slice(&answer)?;
        let all = page.get("Items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let of =
            |item: &&Value| item.pointer("/pk/S").and_then(Value::as_str).is_some_and(|pk| pk.starts_with("appr_"));
        let items: Vec<&Value> = all.iter().filter(of).collect();
        let approvals = (RUNS + WARM_UP) as f64;
        let bytes: usize = items.iter().map(|item| size(item)).sum();
        Ok(Kept { bytes: bytes as f64 / approvals, items: items.len() as f64 / approvals })
    }

    async fn sweep(&mut self) -> Result<Counts, Problem> {
        self.sweeping = true;
        self.system.sweep().await?;
        self.take(1, Messages::default());
        for _ in 0..PERIODS {
            self.clock.advance(SignedDuration::from_mins(1));
            self.system.sweep().await?;
        }
        Ok(self.take(PERIODS, Messages::default()))
    }
}

/// An item's bytes: its names and its values.
fn size(item: &Value) -> usize {
    let value = |typed: &Value| typed.as_object().and_then(|t| t.values().next()?.as_str().map(str::len)).unwrap_or(1);
    item.as_object().into_iter().flatten().map(|(name, typed)| name.len() + value(typed)).sum()
}

/// Measures all ways side by side, each on a host of its own: what is held is held for as long as it would be.
pub async fn measure() -> Result<Measurement, Problem> {
    let mut at_work = JoinSet::new();
    for way in Way::ALL {
        // One after the other, so that durations are those of an idle machine.
        let (scales, decided_at_once) = at_once(way).await?;
        at_work.spawn(by_way(way, scales, decided_at_once));
    }
    let mut ways = BTreeMap::new();
    while let Some(measured) = at_work.join_next().await {
        let (way, measured) = measured??;
        ways.insert(way.name(), measured);
    }
    let mut scales = Scales::set_up(Way::Callback).await?;
    let (afterwards, kept, sweep) = (scales.afterwards().await?, scales.kept().await?, scales.sweep().await?);
    scales.system.stop().await?;
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    Ok(Measurement { profile, runs: RUNS, ways, afterwards, sweep, kept })
}

async fn at_once(way: Way) -> Result<(Scales, Counts), Problem> {
    let mut scales = Scales::set_up(way).await?;
    let counts = scales.wholes(way, RUNS, Duration::ZERO).await?;
    Ok((scales, counts))
}

async fn by_way(way: Way, mut scales: Scales, decided_at_once: Counts) -> Result<(Way, ByWay), Problem> {
    let period = match (way, way.period()) {
        (_, None) => None,
        (Way::Stream, Some(seconds)) => {
            let held = scales.wholes(way, 1, Duration::from_secs(seconds)).await?;
            Some(Period { seconds, adds: held.beyond(&decided_at_once) })
        }
        (_, Some(seconds)) => {
            let held = [Way::Bursts, Way::LongPoll].contains(&way);
            let adds = scales.periods(way, if held { 1 } else { PERIODS }).await?;
            Some(Period { seconds, adds })
        }
    };
    scales.system.stop().await?;
    Ok((way, ByWay { decided_at_once, period }))
}
