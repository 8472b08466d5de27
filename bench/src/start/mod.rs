//! How the functions start and what they take once they have: each the very program that is deployed, behind Lambda's Runtime API, before
//! a table over TLS on loopback. Beside them a function of Node's that does what `create` does, and Lambda's library alone.

mod during;
mod program;
mod stage;
mod weight;
mod work;

use std::path::Path;
use std::time::Duration;

use crate::problem::Problem;
use crate::report::say;
use crate::speed::load::percentile;
use program::Program;
use stage::Stage;
use work::Work;

/// Fresh starts of each.
const STARTS: usize = 25;
/// Requests of one process after its first.
const WARM: usize = 500;
/// The functions, in the order of the contract; those whose requests are measured, and those that need more than a table for theirs.
const MEASURED: [&str; 9] =
    ["create", "poll", "wait", "resolve", "settings", "connectors", "console", "relay", "dispatch"];
const STARTED: [&str; 5] = ["callbacks", "slack", "socket", "push", "sweep"];
/// Whom Node's function is compared with.
const CREATE: &str = "create";
/// Lambda's library and nothing else.
const BARE: &str = "bare";

const LEGEND: &str = "\
bytes, zip    the program, and what is uploaded of it; of Node its modules too, which Lambda may have itself
start         from exec until it asks Lambda for its first event: the secrets are fetched and the connection to the table is made, with TLS;
              Node's fetches no secret
cpu           of that, on a processor
first         from handing a new process its first event to its answer; what was read is not kept yet
p50, p99      the same for 500 more, one after the other
instructions  until it asks for its first event, and with the first answered, as valgrind counts them; it cannot run Node
times are milliseconds, of starts and firsts the median of 25
what is asked: wait for what is decided, console for the inbox; relay and dispatch get a change that no connector is told of
-: what slack and callbacks answer is signed by a vendor who is asked in turn, socket and push need connections, sweep works until its minute
   is over
Node's makes the calls that create makes: ";

/// What was measured of one program.
struct Row {
    name: String,
    weight: (u64, u64),
    start: f64,
    cpu: f64,
    asked: Option<Asked>,
    instructions: (Option<u64>, Option<u64>),
}

/// What its requests took.
struct Asked {
    first: f64,
    p50: f64,
    p99: f64,
}

/// Measures what is in a folder, `<function>/bootstrap` each, as cargo-lambda leaves it.
pub async fn measure(folder: &Path) -> Result<(), Problem> {
    say(&heading())?;
    let calls = beside_create(folder).await?;
    let others = MEASURED.iter().chain(&STARTED).filter(|name| **name != CREATE);
    for name in others.filter(|name| folder.join(name).join("bootstrap").is_file()) {
        let (stage, program) = (Stage::set(name).await?, Program::ours(folder, name)?);
        let work = Work::of(&stage, &program).await?;
        say(&measured(&stage, &program, work).await?.line())?;
    }
    Ok(say(&format!("\n{LEGEND}{}", in_short(&calls)))?)
}

/// `create`, Node's, and what has nothing to do, at one table. The calls that the first two make for one request, which are the same.
async fn beside_create(folder: &Path) -> Result<Vec<String>, Problem> {
    let (stage, mut calls) = (Stage::set(CREATE).await?, Vec::new());
    for program in [Program::ours(folder, CREATE)?, Program::of_node(&stage).await?] {
        let mut work = Work::of(&stage, &program).await?.ok_or("create has nothing to do")?;
        calls.push(stage.calls_of_one(program.start(&stage).await?, &mut work).await?);
        say(&measured(&stage, &program, Some(work)).await?.line())?;
    }
    let bare = Program::ours(folder, BARE)?;
    say(&measured(&stage, &bare, Some(Work::echo(&stage).await?)).await?.line())?;
    match calls.as_slice() {
        [ours, nodes] if ours == nodes => Ok(ours.clone()),
        others => Err(format!("create and Node's do not call the same: {others:?}").into()),
    }
}

async fn measured(stage: &Stage, program: &Program, mut work: Option<Work<'_>>) -> Result<Row, Problem> {
    let (mut starts, mut cpu, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let process = program.start(stage).await?;
        starts.push(process.took);
        cpu.push(process.cpu()?);
        if let Some(work) = &mut work {
            firsts.extend(stage.during(process, 1, work).await?.first());
        }
    }
    let asked = match &mut work {
        None => None,
        Some(work) => {
            let took = stage.during(program.start(stage).await?, 1 + WARM, work).await?;
            let warm = took.get(1..).unwrap_or_default();
            Some(Asked { first: middle(&firsts), p50: percentile(warm, 50), p99: percentile(warm, 99) })
        }
    };
    let alone = program.instructions(stage, None).await?;
    let asking = match &mut work {
        Some(work) => program.instructions(stage, Some(work)).await?,
        None => None,
    };
    let instructions = (alone, asking);
    let (name, weight) = (program.name.clone(), program.weight()?);
    Ok(Row { name, weight, start: middle(&starts), cpu: middle(&cpu), asked, instructions })
}

fn middle(times: &[Duration]) -> f64 {
    percentile(times, 50)
}

fn heading() -> String {
    format!(
        "{:<20}{:>11}{:>11}{:>8}{:>8}{:>8}{:>8}{:>8}{:>14}{:>14}",
        "", "bytes", "zip", "start", "cpu", "first", "p50", "p99", "instructions", "with first"
    )
}

fn by_thousands(number: u64) -> String {
    let digits = number.to_string();
    let from = |end: usize| digits.get(end.saturating_sub(3)..end).unwrap_or_default();
    let mut groups: Vec<&str> = (1..=digits.len()).rev().step_by(3).map(from).collect();
    groups.reverse();
    groups.join(",")
}

/// `2 GetItem, PutItem`: the table is the same.
fn in_short(calls: &[String]) -> String {
    let name = |call: &String| call.split([':', ' ']).nth(1).unwrap_or_default().to_owned();
    let runs = calls.chunk_by(|one, next| one == next).filter_map(|run| Some((run.len(), name(run.first()?))));
    let runs = runs.map(|(count, name)| if count == 1 { name } else { format!("{count} {name}") });
    runs.collect::<Vec<_>>().join(", ")
}

impl Row {
    fn line(&self) -> String {
        let Self { name, weight: (bytes, zip), start, cpu, asked, instructions: (alone, asking) } = self;
        let time = |of: fn(&Asked) -> f64| asked.as_ref().map_or("-".into(), |asked| format!("{:.2}", of(asked)));
        let [first, p50, p99] = [time(|a| a.first), time(|a| a.p50), time(|a| a.p99)];
        let [bytes, zip] = [*bytes, *zip].map(by_thousands);
        let [alone, asking] = [alone, asking].map(|count| count.map_or("-".into(), by_thousands));
        format!("{name:<20}{bytes:>11}{zip:>11}{start:>8.2}{cpu:>8.2}{first:>8}{p50:>8}{p99:>8}{alone:>14}{asking:>14}")
    }
}
