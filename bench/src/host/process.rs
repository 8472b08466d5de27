//! The other end of a host in a process of its own: starts the process, sends it commands, and measures what it takes of the machine.

use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::host::serve::Setting;
use crate::problem::Problem;

/// How the kernel says that a socket waits for connections.
const LISTENING: &str = "0A";

/// A host at work.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    done: mpsc::UnboundedReceiver<Value>,
    heard: Heard,
    /// `host:port`.
    pub address: String,
    /// Keys of `agent:demo`, `user:approver@localhost` and `user:admin@localhost`.
    pub agent: String,
    /// See above.
    pub approver: String,
    /// See above.
    pub admin: String,
}

/// What a host said of its own accord: events, and problems.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Vec<Value>>>);

impl Heard {
    /// All since the last time.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, line: Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// What a process takes of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// Resident memory, in MB.
    pub memory: f64,
    /// Open files, connections among them.
    pub files: usize,
    /// Connections that others opened to it.
    pub callers: usize,
    /// Connections that it opened to others.
    pub called: usize,
    /// MB that were read from the disk since it began.
    pub read: f64,
}

impl Taken {
    /// Open files that are no connections.
    pub fn others(&self) -> usize {
        self.files - self.callers - self.called
    }
}

impl Process {
    /// Starts one, and waits until it listens.
    pub async fn start(setting: &Setting) -> Result<Self, Problem> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--host")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take().ok_or("no input")?;
        stdin.write_all(format!("{}\n", serde_json::to_string(setting)?).as_bytes()).await?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let hello: Value = serde_json::from_str(&lines.next_line().await?.ok_or("the host did not start")?)?;
        let text = |name: &str| hello.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (heard, (tell, done)) = (Heard::default(), mpsc::unbounded_channel());
        tokio::spawn(hear(lines, heard.clone(), tell));
        let (address, agent, approver, admin) = (text("address"), text("agent"), text("approver"), text("admin"));
        Ok(Self { child, stdin, done, heard, address, agent, approver, admin })
    }

    /// Has it do something, and waits until it is done.
    pub async fn obey(&mut self, command: &str) -> Result<(), Problem> {
        self.stdin.write_all(format!("{command}\n").as_bytes()).await?;
        self.done.recv().await.map(drop).ok_or_else(|| "the host is gone".into())
    }

    /// What it says of its own accord.
    pub fn heard(&self) -> Heard {
        self.heard.clone()
    }

    /// What it takes now.
    pub fn taken(&self) -> Result<Taken, Problem> {
        let process = PathBuf::from(format!("/proc/{}", self.child.id().ok_or("the host is gone")?));
        let status = fs::read_to_string(process.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        let io = fs::read_to_string(process.join("io"))?;
        let read = io.lines().find_map(|line| line.strip_prefix("read_bytes: ")).ok_or("no read_bytes")?;
        let read = read.parse::<f64>()? / 1e6;
        // One may have been closed since the folder was read.
        let open = fs::read_dir(process.join("fd"))?.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        let open: Vec<String> = open.map(|file| file.to_string_lossy().into_owned()).collect();
        let mut taken = Taken { memory: kilobytes / 1024.0, files: open.len(), read, ..Taken::default() };
        let open = HashSet::from_iter(open);
        let port: u16 = self.address.rsplit(':').next().unwrap_or_default().parse()?;
        for line in fs::read_to_string(process.join("net/tcp"))?.lines() {
            match end_of(line, &open) {
                Some(own) if own == port => taken.callers += 1,
                Some(_) => taken.called += 1,
                None => {}
            }
        }
        Ok(taken)
    }

    /// Stops it, and waits until it is gone.
    pub async fn stop(mut self) -> Result<(), Problem> {
        drop(self.stdin);
        let status = self.child.wait().await?;
        if status.success() { Ok(()) } else { Err(format!("the host ended with {status}").into()) }
    }
}

/// The port of this end, where a line of the kernel's table is a connection among these files.
fn end_of(line: &str, open: &HashSet<String>) -> Option<u16> {
    let columns: Vec<&str> = line.split_ascii_whitespace().collect();
    let (own, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    let is_open = *state != LISTENING && open.contains(&format!("socket:[{inode}]"));
    u16::from_str_radix(own.rsplit(':').next()?, 16).ok().filter(|_| is_open)
}

async fn hear(mut lines: Lines<BufReader<ChildStdout>>, heard: Heard, done: mpsc::UnboundedSender<Value>) {
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
        if line.get("done").is_none() {
            heard.add(line);
        } else if done.send(line).is_err() {
            return;
        }
    }
}
