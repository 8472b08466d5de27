//! How long after an approval's deadline its expiry is on the bus, on the card in Slack and at an agent on a WebSocket: on disk, one host
//! that sweeps by its own schedule and the machine's clock.

mod agents;
mod cards;
mod events;
mod sightings;

use app::Slack;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::host::system::Start;
use crate::problem::Problem;
use crate::report::say;
use crate::speed::load::percentile;
use crate::speed::scenes::ON_DISK;
use sightings::{Asked, Sightings};

/// The action `mail.soon` expires after ten seconds.
const POLICY: &str = include_str!("policy.yaml");
/// Approvals whose deadlines are spread over two minutes. It is a prime number, so that the deadlines fall on all parts of a second.
const SPREAD: usize = 601;
const SPREAD_OVER: Duration = Duration::from_secs(120);
/// Approvals that are asked for at once.
const AT_ONCE: usize = 300;
/// How long the events and the cards may take after the last push.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often they are counted until then.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Where expiries are seen.
struct Places {
    bus: Sightings,
    cards: Sightings,
    sockets: Sightings,
}

/// Measures and prints.
pub async fn measure() -> Result<(), Problem> {
    let cards = Sightings::default();
    let slack =
        Slack { bot_token: Some("xoxb-bench".into()), api_url: cards::start(cards.clone()).await?, ..Slack::default() };
    let start = Start { on_disk: true, slack: Some(slack), policy: Some(POLICY), ..Start::default() };
    let system = Arc::new(start.start().await?);
    let places = Places { bus: events::listen(&system), cards, sockets: Sightings::default() };
    system.begin_to_sweep();
    let mut text = format!(
        "after the deadline, {ON_DISK}, one host\n{:<26}{:<22}{:>7}{:>9}{:>9}{:>9}\n",
        "", "", "times", "p50 ms", "p99", "max"
    );
    for (count, over) in [(SPREAD, SPREAD_OVER), (AT_ONCE, Duration::ZERO)] {
        let asked = agents::ask(&system, (count, over), &places.sockets).await?;
        text += &places.rows(&setting(&asked), &asked).await?;
    }
    say(&text)?;
    Arc::into_inner(system).ok_or("somebody still uses the host")?.stop().await
}

/// How many approvals have a deadline, and within how many seconds the deadlines lie.
fn setting(asked: &[Asked]) -> String {
    let deadlines = || asked.iter().map(|one| one.deadline);
    let (first, last) = (deadlines().min().unwrap_or_default(), deadlines().max().unwrap_or_default());
    format!("{} within {:.1} s", asked.len(), last.duration_since(first).as_secs_f64())
}

impl Places {
    /// The table's rows of some approvals, once every expiry has been seen everywhere.
    async fn rows(&self, setting: &str, asked: &[Asked]) -> Result<String, Problem> {
        let all =
            [("event on the bus", &self.bus), ("card in Slack", &self.cards), ("push to the agent", &self.sockets)];
        let mut text = String::new();
        for (place, seen) in all {
            let late = complete(seen, asked).await.ok_or_else(|| format!("{place}: an expiry is missing"))?;
            let [p50, p99, max] = [50, 99, 100].map(|percent| percentile(&late, percent));
            let _ = writeln!(text, "{setting:<26}{place:<22}{:>7}{p50:>9.0}{p99:>9.0}{max:>9.0}", late.len());
        }
        Ok(text)
    }
}

/// How late every expiry was seen somewhere; none where one was not seen in time.
async fn complete(seen: &Sightings, asked: &[Asked]) -> Option<Vec<Duration>> {
    let until = Instant::now() + PATIENCE;
    loop {
        match seen.late(asked) {
            None if Instant::now() < until => tokio::time::sleep(LOOK_EVERY).await,
            late => return late,
        }
    }
}
