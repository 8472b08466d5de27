//! What one round of the sweep takes with many workspaces: time, queries and read units, where something is open in all of them or in few.
//!
//! Each host is on disk, holds workspaces that were asked in hours or days ago, and sweeps by a clock that is moved on by hand.

mod processor;

use app::Clock;
use jiff::SignedDuration;
use local::ledger::Ledger;
use std::fmt::Write as _;
use std::time::Duration;
use tempfile::TempDir;

use crate::host::system::{Start, System};
use crate::problem::Problem;
use crate::report::say;
use crate::seed::seed_workspaces;
use crate::speed::scenes::ON_DISK;
use processor::Used;

/// Workspaces with something open, where they are few.
const FEW: usize = 10;
/// Rounds after the first in which a host still looks at workspaces where nothing is open.
const SETTLING: usize = 3;
/// Rounds that are measured after those. The one in the middle is printed.
const ROUNDS: usize = 3;
/// The function that sweeps.
const SWEEP: &str = "sweep";

/// What one round took.
struct Round {
    took: Duration,
    used: Used,
    queries: usize,
    read_units: f64,
}

/// A host, its clock and its ledger.
struct Host {
    system: System,
    clock: Clock,
    ledger: Ledger,
    _folder: TempDir,
}

/// Measures each number of workspaces and prints.
pub async fn measure(counts: &[usize]) -> Result<(), Problem> {
    let mut text = format!(
        "one round of the sweep, {ON_DISK}\n{:>10}{:>8}  {:<18}{:>9}{:>9}{:>11}{:>12}{:>11}\n",
        "workspaces", "open in", "", "queries", "reads", "took ms", "function ms", "engine ms"
    );
    for count in counts {
        for open in [*count, FEW.min(*count)] {
            let mut host = Host::start(*count, open).await?;
            let first = host.round().await?;
            let _ = writeln!(text, "{}", first.row(*count, open, "the first"));
            let later = host.later().await?;
            let _ = writeln!(text, "{}", later.row(*count, open, "each minute after"));
            host.system.stop().await?;
        }
    }
    Ok(say(&text)?)
}

impl Host {
    async fn start(count: usize, open: usize) -> Result<Self, Problem> {
        let (folder, ledger) = (TempDir::new()?, Ledger::default());
        seed_workspaces(folder.path(), count, open).await?;
        let clock = Clock::manual(Clock::Wall.now());
        let kept = Some(folder.path().to_owned());
        let start = Start { folder: kept, ledger: Some(ledger.clone()), clock: clock.clone(), ..Start::default() };
        Ok(Self { system: start.start().await?, clock, ledger, _folder: folder })
    }

    /// The sweep of the next minute.
    async fn round(&mut self) -> Result<Round, Problem> {
        self.clock.advance(SignedDuration::from_mins(1));
        self.system.settle().await?;
        self.ledger.take();
        self.ledger.take_invocations();
        let before = Used::now()?;
        self.system.sweep().await?;
        let used = Used::now()?.since(before);
        let lines = self.ledger.take();
        let lines = lines.iter().filter(|line| line.function == SWEEP);
        let invocations = self.ledger.take_invocations();
        let took = invocations.iter().find(|one| one.function == SWEEP).ok_or("nothing was swept")?.took;
        let queries = lines.clone().filter(|line| line.operation == "Query").count();
        Ok(Round { took, used, queries, read_units: lines.map(|line| line.read_units).sum() })
    }

    /// A round once only those workspaces are looked at in which something is open.
    async fn later(&mut self) -> Result<Round, Problem> {
        for _ in 0..SETTLING {
            self.round().await?;
        }
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(self.round().await?);
        }
        rounds.sort_by_key(|round| round.took);
        rounds.into_iter().nth(ROUNDS / 2).ok_or_else(|| "no round".into())
    }
}

impl Round {
    fn row(&self, workspaces: usize, open: usize, which: &str) -> String {
        let Self { took, used: Used { engine, others }, queries, read_units } = self;
        let [took, engine, others] = [took, engine, others].map(|time| time.as_secs_f64() * 1_000.0);
        format!(
            "{workspaces:>10}{open:>8}  {which:<18}{queries:>9}{read_units:>9}{took:>11.0}{others:>12.0}{engine:>11.0}"
        )
    }
}
