//! `make bench`: how fast the local host is through its HTTP surface, and what one approval costs in the table.

mod costs;
mod deadlines;
mod host;
mod problem;
mod report;
mod scale;
mod schedules;
mod seed;
mod soak;
mod speed;
mod start;
mod sweeps;

use clap::{Parser, ValueEnum};
use costs::{ledger, table};
use problem::Problem;
use speed::job::Scene;
use speed::load::Measured;
use speed::{pages, scenes, waits};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measures the local host and prints tables.
#[derive(Debug, Parser)]
struct Arguments {
    /// Seconds for each measurement
    #[arg(long, default_value_t = 5.0, value_name = "N")]
    seconds: f64,
    /// Where the data lives
    #[arg(long, value_enum, default_value_t = Where::Both)]
    location: Where,
    /// Clients at once, one measurement for each number
    #[arg(long, value_delimiter = ',', default_values_t = [1, 40], value_name = "N,…")]
    concurrency: Vec<usize>,
    /// What is measured; `scale`, `soak`, `deadlines`, `sweeps`, `schedules` and `start` only by themselves
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Scene::ALL)]
    scenes: Vec<Scene>,
    /// What `scale` compares: approvals that are stored
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 1_000_000], value_name = "N,N")]
    stored: Vec<usize>,
    /// What `sweeps` compares: workspaces
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 5_000], value_name = "N,…")]
    workspaces: Vec<usize>,
    /// How many schedules `schedules` runs
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    schedules: u64,
    /// What `start` starts: a folder with `<function>/bootstrap` for each
    #[arg(long, value_name = "FOLDER")]
    package: Option<PathBuf>,
    /// What the chances of `soak` begin with, printed where it is not given; the first of `schedules`
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Be a host, for a bench that started this as a process of its own
    #[arg(long, hide = true)]
    host: bool,
    /// Leave out how long it takes from a decision to the agent
    #[arg(long)]
    no_waits: bool,
    /// Leave out the console's pages
    #[arg(long)]
    no_pages: bool,
    /// Measure nothing but what one approval takes by each way of waiting, and print it as JSON: docs/run/ledger.json
    #[arg(long)]
    ledger: bool,
    /// Write everything to this file as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Where {
    Disk,
    Memory,
    Both,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Problem> {
    if arguments.host {
        return host::serve::serve().await;
    }
    if measure_alone(&arguments).await? {
        return Ok(());
    }
    if arguments.ledger {
        return Ok(report::say(&serde_json::to_string_pretty(&ledger::measure().await?)?)?);
    }
    let mut all: Vec<Measured> = Vec::new();
    let locations = [(Where::Disk, scenes::ON_DISK), (Where::Memory, scenes::IN_MEMORY)];
    for (_, name) in locations.into_iter().filter(|(place, _)| [*place, Where::Both].contains(&arguments.location)) {
        for clients in &arguments.concurrency {
            let measured = scenes::measure(name, *clients, &arguments.scenes, time(&arguments)?).await?;
            report::say(&report::speeds(name, *clients, &measured))?;
            all.extend(measured);
        }
    }
    let waits = if arguments.no_waits { Vec::new() } else { waits::measure(time(&arguments)?).await? };
    if !waits.is_empty() {
        report::say(&waits::table(&waits))?;
    }
    let pages = if arguments.no_pages { Vec::new() } else { pages::measure(time(&arguments)?).await? };
    if !pages.is_empty() {
        report::say(&pages::table(&pages))?;
    }
    let lines = table::of_one_approval().await?;
    report::say(&report::costs(&lines))?;
    if let Some(file) = &arguments.json {
        std::fs::write(file, report::json((&all, &waits, &pages), &lines).to_string())?;
    }
    Ok(())
}

/// Measures a scene that is only measured by itself; `false` where the arguments name none.
async fn measure_alone(arguments: &Arguments) -> Result<bool, Problem> {
    match arguments.scenes.as_slice() {
        [Scene::Scale] => {
            let [small, large] = arguments.stored.as_slice() else { return Err("--stored: two numbers".into()) };
            scale::measure([*small, *large]).await?;
        }
        [Scene::Soak] => soak::measure(time(arguments)?, arguments.seed.unwrap_or_else(|| fastrand::u64(..))).await?,
        [Scene::Deadlines] => deadlines::measure().await?,
        [Scene::Schedules] => schedules::measure(arguments.seed.unwrap_or_default(), arguments.schedules)?,
        [Scene::Sweeps] => sweeps::measure(&arguments.workspaces).await?,
        [Scene::Start] => {
            let package = arguments.package.as_ref().ok_or("--package: where the functions' programs are")?;
            start::measure(package).await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn time(arguments: &Arguments) -> Result<Duration, Problem> {
    Duration::try_from_secs_f64(arguments.seconds).map_err(|e| format!("--seconds: {e}").into())
}
