//! A program and its processes: how long one takes to ask for its first event, and what it takes of the processor until then.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::stage::Stage;
use super::weight::{files, weigh};
use crate::problem::Problem;
use standins::deployed::runtime_api::RuntimeApi;

/// What does the same in Node.
const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");
/// The longest that a start may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program.
pub struct Program {
    /// What it is called here.
    pub name: String,
    pub(super) command: Vec<OsString>,
    folder: PathBuf,
    more: Vec<(&'static str, String)>,
}

/// A process of it that has asked for its first event.
pub struct Process {
    /// What it asks.
    pub api: RuntimeApi,
    /// How long that took it.
    pub took: Duration,
    pub(super) child: Child,
}

impl Program {
    /// One of a folder's.
    pub fn ours(folder: &Path, name: &str) -> Result<Self, Problem> {
        let folder = folder.join(name).canonicalize().map_err(|e| format!("{name}: {e}"))?;
        Ok(Self { name: name.into(), command: vec![folder.join("bootstrap").into()], folder, more: Vec::new() })
    }

    /// Node's, which is given the root secret.
    pub async fn of_node(stage: &Stage) -> Result<Self, Problem> {
        let asked = Command::new("node").args(["--print", "process.execPath"]).output().await?;
        let node = String::from_utf8(asked.stdout)?.trim().to_owned();
        let command = vec![node.into(), format!("{NODE}/main.mjs").into()];
        let more = vec![("ROOT_SECRET", stage.system.root_text().to_owned())];
        Ok(Self { name: "create in Node".into(), command, folder: NODE.into(), more })
    }

    /// Bytes, of the program and of its zip.
    pub fn weight(&self) -> Result<(u64, u64), Problem> {
        weigh(&files(&self.folder)?)
    }

    /// Starts it, and waits until it asks for its first event.
    pub async fn start(&self, stage: &Stage) -> Result<Process, Problem> {
        let [program, arguments @ ..] = self.command.as_slice() else { return Err("nothing to start".into()) };
        let mut command = Command::new(program);
        command.args(arguments).env_clear().stderr(Stdio::null());
        self.spawn(stage, command).await
    }

    pub(super) async fn spawn(&self, stage: &Stage, mut command: Command) -> Result<Process, Problem> {
        let api = RuntimeApi::start(&stage.function.arn, false).await;
        command.envs(&stage.variables).envs(self.more.iter().cloned());
        command.env("AWS_LAMBDA_RUNTIME_API", &api.address);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let began = Instant::now();
        let mut child = command.spawn()?;
        let started = tokio::select! {
            started = timeout(PATIENCE, api.rests()) => started.is_ok(),
            _ = child.wait() => false,
        };
        let took = began.elapsed();
        if started {
            Ok(Process { api, took, child })
        } else {
            Err(format!("{} did not start: {:?}", self.name, api.init_error()).into())
        }
    }
}

impl Process {
    /// How long it has been on a processor.
    pub fn cpu(&self) -> Result<Duration, Problem> {
        let pid = self.child.id().ok_or("it has ended")?;
        let mut nanoseconds = 0;
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let told = std::fs::read_to_string(task?.path().join("schedstat"))?;
            nanoseconds += told.split_whitespace().next().ok_or("no schedstat")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Ends it in a way that valgrind notices.
    pub async fn end(mut self) -> Result<(), Problem> {
        let pid = self.child.id().ok_or("it has ended by itself")?.to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        self.child.wait().await?;
        Ok(())
    }
}
