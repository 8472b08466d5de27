//! A host that keeps so many approvals, and the operations that are measured on it.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;

use super::operations::{A_TURN, GET, OPERATIONS};
use crate::host::http::Client;
use crate::host::process::{Process, Taken};
use crate::host::serve::Setting;
use crate::host::system::{POLICY, request};
use crate::host::warm::warm;
use crate::problem::Problem;
use crate::report::note;
use crate::seed::{AGENTS, Seeded, seed};
use crate::speed::load::percentile;

/// Approvals that are read again and again, as those are that are under way; they are spread over all that are stored.
const WARM: usize = 100;

/// What a host takes at a moment.
pub(super) struct Look {
    pub(super) when: String,
    /// Of the machine.
    pub(super) taken: Taken,
    /// MB that the database is on the disk.
    pub(super) stored: f64,
}

/// A host, and what is known of what it keeps.
pub(super) struct Side {
    /// How many it kept in the beginning.
    pub(super) count: usize,
    /// The host.
    pub(super) process: Process,
    /// What it took of the machine, from its start on.
    pub(super) looks: Vec<Look>,
    client: Client,
    seeded: Seeded,
    next: usize,
    unread: usize,
    created: Vec<String>,
    took: Vec<Vec<Duration>>,
    folder: TempDir,
}

impl Side {
    /// Fills a folder, and starts a host on it that has read as much as it will keep in memory.
    pub(super) async fn start(count: usize) -> Result<Self, Problem> {
        let folder = TempDir::new()?;
        let began = Instant::now();
        let seeded = seed(folder.path(), count).await?;
        note(&format!("{count} approvals stored in {:.0} s", began.elapsed().as_secs_f64()));
        let setting =
            Setting { folder: folder.path().into(), policy: Some(POLICY.into()), slack_api: None, speed: None };
        let process = Process::start(&setting).await?;
        let client = Client::connect(&process.address).await?;
        let (looks, created, took) = (Vec::new(), Vec::new(), vec![Vec::new(); OPERATIONS.len()]);
        let mut side = Self { count, process, looks, client, seeded, next: 0, unread: WARM, created, took, folder };
        side.look("started")?;
        warm(&side.process).await?;
        for _ in 0..WARM {
            side.once(GET).await?;
        }
        Ok(side)
    }

    /// Looks at what the host takes.
    pub(super) fn look(&mut self, when: &str) -> Result<(), Problem> {
        let stored = self.folder.path().join("countersign.db").metadata()?.len() as f64 / 1e6;
        self.looks.push(Look { when: when.to_owned(), taken: self.process.taken()?, stored });
        Ok(())
    }

    /// From now on it counts.
    pub(super) fn begin(&mut self) -> Result<(), Problem> {
        self.took.iter_mut().for_each(Vec::clear);
        self.look("warm")
    }

    /// Does an operation some times.
    pub(super) async fn turn(&mut self, operation: usize) -> Result<(), Problem> {
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
        let (n, middle) = (self.next, BASE64URL_NOPAD.encode(self.seeded.middle.as_bytes()));
        match operation {
            0 => self.list("status=approved").await,
            1 => self.list(&format!("status=approved&cursor={middle}")).await,
            2 => self.list("status=pending").await,
            3 => self.list(&format!("status=approved&agent=a{}", n % AGENTS)).await,
            4 => self.list(&format!("status=approved&task_id=task-{}", 1 + n % 50)).await,
            GET => self.get(n % WARM).await,
            6 => self.poll(n % WARM).await,
            7 => self.create().await,
            8 => self.decide().await,
            9 => {
                let unread = self.unread();
                self.get(unread).await
            }
            _ => {
                let unread = self.unread();
                self.poll(unread).await
            }
        }
    }

    /// One that nobody has read, unless there are so few that all have been.
    fn unread(&mut self) -> usize {
        self.unread += 1;
        self.unread % self.seeded.sample.len()
    }

    async fn get(&mut self, which: usize) -> Result<(), Problem> {
        let (id, _) = self.seeded.sample.get(which).ok_or("too few are stored")?;
        self.client.get(&self.process.approver, &format!("/approvals/{id}")).await.map(drop)
    }

    async fn poll(&mut self, which: usize) -> Result<(), Problem> {
        let (_, token) = self.seeded.sample.get(which).ok_or("too few are stored")?;
        let body = json!({ "token": token }).to_string();
        self.client.post(None, "/api/guard/wait", body).await.map(drop)
    }

    async fn create(&mut self) -> Result<(), Problem> {
        let agent = Some(self.process.agent.as_str());
        let made = self.client.post(agent, "/api/guard/request", request().to_string()).await?;
        let id = made.get("requestId").and_then(Value::as_str).ok_or("no id")?;
        self.created.push(id.to_owned());
        Ok(())
    }

    async fn decide(&mut self) -> Result<(), Problem> {
        let id = self.created.pop().ok_or("nothing was created")?;
        let body = json!({ "decision": "approved" }).to_string();
        let approver = Some(self.process.approver.as_str());
        self.client.post(approver, &format!("/approvals/{id}/resolve"), body).await.map(drop)
    }

    async fn list(&mut self, query: &str) -> Result<(), Problem> {
        let page = self.client.get(&self.process.approver, &format!("/approvals?{query}&limit=10")).await?;
        match page.get("approvals").and_then(Value::as_array) {
            Some(all) if !all.is_empty() => Ok(()),
            _ => Err(format!("{query}: an empty page").into()),
        }
    }

    /// Milliseconds that so many of a hundred took at most.
    pub(super) fn percentile(&self, operation: usize, percent: usize) -> f64 {
        self.took.get(operation).map_or(0.0, |took| percentile(took, percent))
    }
}
