//! `--host`: a host as a process of its own, so that its memory and its open files are nobody else's. What it is started with comes as
//! one line of JSON, then commands; each is answered with a line once it is done.

use app::sweep::sweep_due::sweep_due;
use app::sweep::tell_ahead::Ahead;
use app::{Clock, Slack};
use jiff::SignedDuration;
use local::engine::Engine;
use local::events::invoke::Invoker;
use local::host::{Host, Options};
use local::sockets::Sockets;
use local::start::Parts;
use local::start::first_start::{Keys, make_keys, put_policy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{Mutex, oneshot, watch};
use vendors::Http;

use crate::problem::Problem;

/// How often a clock that runs by a ticker is moved on.
const TICK: Duration = Duration::from_millis(50);
/// A minute by command goes by in so many steps.
const STEPS: i64 = 6;

/// What a host is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// Where its data lives.
    pub folder: PathBuf,
    /// The policy to put in force.
    pub policy: Option<String>,
    /// The address of Slack's Web API, for connectors.
    pub slack_api: Option<String>,
    /// How many times faster than the machine's its clock goes; none: it is the machine's.
    pub speed: Option<u32>,
}

/// The host's time, if it is not the machine's. The code that moves the time also runs the sweep of each minute and the timers of each
/// moment.
struct Time {
    gate: Arc<Parts>,
    clock: Clock,
    runs: AtomicBool,
    minute: Mutex<Minute>,
}

struct Minute {
    number: i64,
    ahead: Option<Ahead>,
}

/// What commands work with.
struct Desk {
    time: Arc<Time>,
    engine: Engine,
    invoker: Invoker,
    sockets: Sockets,
    relayed: watch::Receiver<i64>,
}

/// Serves until its input ends.
pub async fn serve() -> Result<(), Problem> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let setting: Setting = serde_json::from_str(&lines.next_line().await?.ok_or("nothing to start with")?)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let clock = if setting.speed.is_some() { Clock::manual(Clock::Wall.now()) } else { Clock::Wall };
    let host = Host::build(options(&setting, clock.clone())?, &format!("http://{address}")).await?;
    let keys = make_keys(&host.gate).await.map_err(|e| e.to_string())?;
    if let Some(policy) = &setting.policy {
        put_policy(&host.gate, policy).await.map_err(|e| e.to_string())?;
    }
    let minute = Mutex::new(Minute { number: 0, ahead: None });
    let time = Arc::new(Time { gate: host.gate.clone(), clock, runs: AtomicBool::new(true), minute });
    let (invoker, sockets, relayed) = (host.invoker.clone(), host.sockets.clone(), host.relayed.clone());
    let desk = Desk { time: time.clone(), engine: host.engine.clone(), invoker, sockets, relayed };
    tokio::spawn(tell_events(host.bus.listen()));
    if let Some(speed) = setting.speed {
        tokio::spawn(async move { time.run(speed).await });
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(host.serve(listener, async {
        let _ = stopped.await;
    }));
    say(&hello(&address, &keys))?;
    while let Some(command) = lines.next_line().await? {
        desk.obey(&command).await?;
        say(&json!({ "done": command }))?;
    }
    drop(stop);
    Ok(serving.await?)
}

fn options(setting: &Setting, clock: Clock) -> Result<Options, Problem> {
    let slack = setting.slack_api.clone().map(|api_url| Slack { api_url, ..Slack::default() });
    let http = Http::new(true).map_err(|e| e.to_string())?;
    Ok(Options { clock, slack, ..Options::in_folder(&setting.folder, http)? })
}

fn hello(address: &str, keys: &Keys) -> Value {
    json!({ "address": address, "agent": keys.agent, "approver": keys.approver, "admin": keys.admin })
}

fn say(line: &Value) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

async fn tell_events(mut events: broadcast::Receiver<Value>) {
    loop {
        let told = match events.recv().await {
            Ok(event) => event_line(&event),
            Err(RecvError::Lagged(missed)) => Some(json!({ "problem": format!("{missed} events were not heard") })),
            Err(RecvError::Closed) => return,
        };
        if told.is_some_and(|line| say(&line).is_err()) {
            return;
        }
    }
}

/// An approval's event, as far as it is checked.
fn event_line(event: &Value) -> Option<Value> {
    let kind = event.get("detail-type")?.as_str()?.strip_prefix("approval.")?;
    Some(json!({ "event": kind, "id": event.pointer("/detail/id"), "seq": event.pointer("/detail/seq") }))
}

impl Desk {
    async fn obey(&self, command: &str) -> Result<(), Problem> {
        match command {
            "pause" => self.time.runs.store(false, Ordering::SeqCst),
            "settle" => self.settle().await?,
            "minute" => {
                for _ in 0..STEPS {
                    self.time.pass(SignedDuration::from_secs(60 / STEPS)).await?;
                    self.settle().await?;
                }
            }
            other => return Err(format!("no such command: {other}").into()),
        }
        Ok(())
    }

    async fn settle(&self) -> Result<(), Problem> {
        self.sockets.idle().await;
        let written = *self.engine.appended().borrow();
        self.relayed.clone().wait_for(|position| *position >= written).await?;
        self.invoker.idle().await;
        Ok(())
    }
}

impl Time {
    async fn run(&self, speed: u32) {
        let mut last = Instant::now();
        loop {
            tokio::time::sleep(TICK).await;
            let passed = last.elapsed() * speed;
            last = Instant::now();
            if !self.runs.load(Ordering::SeqCst) {
                continue;
            }
            if let Err(problem) = self.pass(SignedDuration::try_from(passed).unwrap_or_default()).await {
                let _ = say(&json!({ "problem": problem.to_string() }));
            }
        }
    }

    /// Lets time pass: each new minute is swept, and each timer in it is done at its time.
    async fn pass(&self, by: SignedDuration) -> Result<(), Problem> {
        let mut minute = self.minute.lock().await;
        self.clock.advance(by);
        let number = self.clock.now().as_second().div_euclid(60);
        if number != minute.number {
            minute.number = number;
            sweep_due(&self.gate, &self.gate.bus).await.map_err(|e| e.to_string())?;
            minute.ahead = Some(Ahead::since(self.clock.now()));
        }
        if let Some(ahead) = &mut minute.ahead {
            ahead.tell(&self.gate, &self.gate.bus).await.map_err(|e| e.to_string())?;
        }
        Ok(())
    }
}
