//! `--scenes scale`: the same operations on a host that keeps a thousand approvals and on one that keeps a million, by turns.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use crate::Problem;
use crate::host::Setting;
use crate::http::Client;
use crate::process::{Process, Taken};
use crate::report::{note, say};
use crate::seed::{AGENTS, Seeded, seed};
use crate::system::{POLICY, request};

/// Turns, and how often each operation is done in each.
const TURNS: usize = 40;
const A_TURN: usize = 10;
/// Turns that are not measured.
const WARM_UP: usize = 4;
/// Looks at memory and files while it is measured.
const LOOKS: usize = 4;
/// How much slower the larger one may be.
const WITHIN: f64 = 1.2;
/// How much memory may have grown from the first look to the last.
const FLAT: f64 = 1.1;

/// What is done. Creating comes before deciding: what is decided was created.
const OPERATIONS: [&str; 9] = [
    "list by status, first page",
    "list by status, from the middle",
    "list what is open",
    "list by agent",
    "list by task",
    "get",
    "poll",
    "create",
    "decide",
];

/// A host, and what is known of what it keeps.
struct Side {
    process: Process,
    client: Client,
    seeded: Seeded,
    next: usize,
    created: Vec<String>,
    took: Vec<Vec<Duration>>,
    looks: Vec<(String, Taken)>,
    folder: TempDir,
}

impl Side {
    async fn start(count: usize) -> Result<Self, Problem> {
        let folder = TempDir::new()?;
        let began = Instant::now();
        let seeded = seed(folder.path(), count).await?;
        note(&format!("{count} approvals stored in {:.0} s", began.elapsed().as_secs_f64()));
        let setting =
            Setting { folder: folder.path().into(), policy: Some(POLICY.into()), slack_api: None, speed: None };
        let process = Process::start(&setting).await?;
        let client = Client::connect(&process.address).await?;
        let took = vec![Vec::new(); OPERATIONS.len()];
        let mut side = Self { process, client, seeded, next: 0, created: Vec::new(), took, looks: Vec::new(), folder };
        side.look("started")?;
        Ok(side)
    }

    /// Looks at what the host takes of the machine.
    fn look(&mut self, when: &str) -> Result<(), Problem> {
        self.looks.push((when.to_owned(), self.process.taken()?));
        Ok(())
    }

    /// What comes before the measurement is over.
    fn begin(&mut self) -> Result<(), Problem> {
        self.took.iter_mut().for_each(Vec::clear);
        self.look("warm")
    }

    /// MB that the database is on the disk.
    fn stored(&self) -> Result<f64, Problem> {
        Ok(self.folder.path().join("countersign.db").metadata()?.len() as f64 / 1e6)
    }

    /// Does every operation some times.
    async fn turn(&mut self, operation: usize) -> Result<(), Problem> {
        for _ in 0..A_TURN {
            let began = Instant::now();
            self.once(operation).await?;
            let took = began.elapsed();
            self.took.get_mut(operation).into_iter().for_each(|all| all.push(took));
        }
        self.process.obey("settle").await
    }

    async fn once(&mut self, operation: usize) -> Result<(), Problem> {
        self.next += 1;
        let (id, token) =
            self.seeded.sample.get(self.next * 7 % self.seeded.sample.len()).ok_or("nothing is stored")?;
        let (approver, n) = (self.process.approver.clone(), self.next);
        match operation {
            0 => self.list("status=approved").await,
            1 => {
                let cursor = BASE64URL_NOPAD.encode(self.seeded.middle.as_bytes());
                self.list(&format!("status=approved&cursor={cursor}")).await
            }
            2 => self.list("status=pending").await,
            3 => self.list(&format!("status=approved&agent=a{}", n % AGENTS)).await,
            4 => self.list(&format!("status=approved&task_id=task-{}", 1 + n % 50)).await,
            5 => self.client.get(&approver, &format!("/approvals/{id}")).await.map(drop),
            6 => {
                let body = json!({ "token": token }).to_string();
                self.client.post(None, "/api/guard/wait", body).await.map(drop)
            }
            7 => {
                let agent = Some(self.process.agent.as_str());
                let made = self.client.post(agent, "/api/guard/request", request().to_string()).await?;
                let id = made.get("requestId").and_then(Value::as_str).ok_or("no id")?;
                self.created.push(id.to_owned());
                Ok(())
            }
            _ => {
                let id = self.created.pop().ok_or("nothing was created")?;
                let body = json!({ "decision": "approved" }).to_string();
                self.client.post(Some(&approver), &format!("/approvals/{id}/resolve"), body).await.map(drop)
            }
        }
    }

    async fn list(&mut self, query: &str) -> Result<(), Problem> {
        let page = self.client.get(&self.process.approver, &format!("/approvals?{query}&limit=10")).await?;
        match page.get("approvals").and_then(Value::as_array) {
            Some(all) if !all.is_empty() => Ok(()),
            _ => Err(format!("{query}: an empty page").into()),
        }
    }

    /// Milliseconds that so many of a hundred took at most.
    fn percentile(&self, operation: usize, percent: usize) -> f64 {
        let mut took = self.took.get(operation).cloned().unwrap_or_default();
        took.sort_unstable();
        let rank = (took.len() * percent).div_ceil(100).saturating_sub(1);
        took.get(rank).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
    }
}

/// Measures both and prints.
pub async fn measure(counts: [usize; 2]) -> Result<(), Problem> {
    let [small, large] = counts;
    let mut sides = [Side::start(small).await?, Side::start(large).await?];
    for turn in 1..=WARM_UP {
        both(&mut sides, turn).await?;
    }
    sides.iter_mut().try_for_each(Side::begin)?;
    for turn in 1..=TURNS {
        both(&mut sides, turn).await?;
        if turn.is_multiple_of(TURNS / LOOKS) {
            let when = format!("after {} operations", turn * A_TURN * OPERATIONS.len());
            sides.iter_mut().try_for_each(|side| side.look(&when))?;
        }
    }
    speeds(counts, &sides)?;
    takings(counts, &sides)?;
    let [small, large] = sides;
    small.process.stop().await?;
    large.process.stop().await
}

/// A turn of every operation on both hosts. Who is first has it no better than the other.
async fn both([small, large]: &mut [Side; 2], turn: usize) -> Result<(), Problem> {
    let (first, second) = if turn.is_multiple_of(2) { (small, large) } else { (large, small) };
    for operation in 0..OPERATIONS.len() {
        first.turn(operation).await?;
        second.turn(operation).await?;
    }
    Ok(())
}

/// Prints how long everything took, and what took more than a fifth longer.
fn speeds([small, large]: [usize; 2], [few, many]: &[Side; 2]) -> Result<(), Problem> {
    let mut text =
        format!("{:<34}{small:>9}{:>9}{large:>12}{:>9}{:>9}\n", "milliseconds, p50 and p99", "", "", "ratio");
    let mut slower = Vec::new();
    for (operation, name) in OPERATIONS.into_iter().enumerate() {
        let [a, b, c, d] =
            [(few, 50), (few, 99), (many, 50), (many, 99)].map(|(side, p)| side.percentile(operation, p));
        let ratio = c / a;
        let _ = writeln!(text, "{name:<34}{a:>9.2}{b:>9.2}{c:>12.2}{d:>9.2}{ratio:>9.2}");
        if ratio > WITHIN {
            slower.push(name);
        }
    }
    say(&text)?;
    Ok(say(&match slower.as_slice() {
        [] => "everything is within 20 %\n".to_owned(),
        some => format!("not within 20 %: {}\n", some.join(", ")),
    })?)
}

/// Prints what both hosts took of the machine while they were at it, and whether it grew.
fn takings([small, large]: [usize; 2], [few, many]: &[Side; 2]) -> Result<(), Problem> {
    let mut text = format!("{:<34}{small:>9}{:>9}{large:>12}{:>9}\n", "memory in MB, open files", "", "");
    for ((when, a), (_, b)) in few.looks.iter().zip(&many.looks) {
        let _ = writeln!(text, "{when:<34}{:>9.1}{:>9}{:>12.1}{:>9}", a.memory, a.files, b.memory, b.files);
    }
    let _ = writeln!(text, "{:<34}{:>9.1}{:>9}{:>12.1}", "MB on the disk", few.stored()?, "", many.stored()?);
    for (count, side) in [(small, few), (large, many)] {
        let (Some((_, first)), Some((_, last))) = (side.looks.get(1), side.looks.last()) else { continue };
        let flat = last.memory <= first.memory * FLAT && last.files <= first.files;
        let _ = write!(text, "\nwith {count} stored memory and open files {}", if flat { "are flat" } else { "grew" });
    }
    Ok(say(&text)?)
}
