//! The host under measurement: whole, in this process, behind a port of its own.

use app::{Clock, Slack};
use domain::secret::RootSecret;
use local::engine::Engine;
use local::events::bus::Bus;
use local::events::invoke::Invoker;
use local::handlers::Handlers;
use local::host::{Host, Options};
use local::ledger::Ledger;
use local::sockets::Sockets;
use local::start::first_start::{Keys, make_keys, put_policy};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use vendors::Http;

use crate::host::http::Client;
use crate::problem::Problem;

/// A rate that never bites.
pub const POLICY: &str = include_str!("policy.yaml");

/// What a host is measured with.
#[derive(Default)]
pub struct Start {
    /// On disk, in a folder that goes when the host does.
    pub on_disk: bool,
    /// On disk, in this folder.
    pub folder: Option<PathBuf>,
    /// Where what operations cost is written down.
    pub ledger: Option<Ledger>,
    /// A Slack to post to.
    pub slack: Option<Slack>,
    /// The policy in force, where it is not [`POLICY`].
    pub policy: Option<&'static str>,
    /// What time it is.
    pub clock: Clock,
    /// Whether event streams are answered in bursts, as behind the deployed HTTP API.
    pub bursts: bool,
    /// Functions that run other code than the house's own.
    pub instead: Handlers,
}

/// A host at work.
pub struct System {
    /// `host:port`.
    pub address: String,
    /// The agent's and the approver's among them.
    pub keys: Keys,
    /// The table.
    pub engine: Engine,
    /// Its name.
    pub table: String,
    /// Carries the events.
    pub bus: Bus,
    /// The WebSocket connections.
    pub sockets: Sockets,
    root: String,
    connectors: String,
    invoker: Invoker,
    relayed: watch::Receiver<i64>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _folder: Option<TempDir>,
}

impl Start {
    /// Starts.
    pub async fn start(self) -> Result<System, Problem> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let folder = self.on_disk.then(TempDir::new).transpose()?;
        let path = self.folder.or(folder.as_ref().map(|folder| folder.path().into()));
        let http = Http::new(true).map_err(|e| e.to_string())?;
        let kept = match &path {
            Some(path) => Options::in_folder(path, http)?,
            None => Options::in_memory(http),
        };
        let (root, connectors) = (kept.root_secret.clone(), kept.connectors_secret.clone());
        let Self { clock, slack, bursts, ledger, instead, policy, .. } = self;
        let options = Options { clock, slack, buffer_streams: bursts, ledger, instead, ..kept };
        let host = Host::build(options, &format!("http://{address}")).await?;
        let keys = make_keys(&host.gate).await.map_err(|e| e.to_string())?;
        put_policy(&host.gate, policy.unwrap_or(POLICY)).await.map_err(|e| e.to_string())?;
        let (engine, invoker, relayed) = (host.engine.clone(), host.invoker.clone(), host.relayed.clone());
        let table = host.gate.store.table().to_owned();
        let (bus, sockets) = (host.bus.clone(), host.sockets.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(host.serve(listener, async {
            let _ = stopped.await;
        }));
        let _folder = folder;
        Ok(System {
            address,
            keys,
            engine,
            table,
            bus,
            root,
            connectors,
            sockets,
            invoker,
            relayed,
            stop,
            serving,
            _folder,
        })
    }
}

impl System {
    /// Waits until everything that was written has been relayed, and all that followed is done.
    pub async fn settle(&self) -> Result<(), Problem> {
        self.sockets.idle().await;
        let written = *self.engine.appended().borrow();
        self.relayed.clone().wait_for(|position| *position >= written).await?;
        self.invoker.idle().await;
        Ok(())
    }

    /// Runs what is scheduled every minute, and waits for what follows.
    pub async fn sweep(&self) -> Result<(), Problem> {
        self.invoker.invoke("SweepFunction", serde_json::json!({}));
        self.invoker.idle().await;
        self.settle().await
    }

    /// Begins to sweep as a host does that has just started: a run goes on until the next has begun, which is the schedule's.
    pub fn begin_to_sweep(&self) {
        self.invoker.invoke("SweepFunction", serde_json::json!({ "detail-type": "Scheduled Event" }));
    }

    /// When the table's stream grows next: the instant at which what is written next is committed.
    pub fn next_commit(&self) -> JoinHandle<Result<Instant, Problem>> {
        let mut appended = self.engine.appended();
        appended.mark_unchanged();
        tokio::spawn(async move {
            appended.changed().await?;
            Ok(Instant::now())
        })
    }

    /// Stops, as SIGTERM does.
    pub async fn stop(self) -> Result<(), Problem> {
        let _ = self.stop.send(());
        Ok(self.serving.await?)
    }

    /// Asks, as an agent does; the approval's id and the token to wait with.
    pub async fn create(&self, client: &mut Client) -> Result<(String, String), Problem> {
        self.ask(client, request()).await
    }

    /// Asks with a whole body.
    pub async fn ask(&self, client: &mut Client, body: Value) -> Result<(String, String), Problem> {
        let answer = client.post(Some(&self.keys.agent), "/api/guard/request", body.to_string()).await?;
        Ok((text(&answer, "requestId")?, text(&answer, "token")?))
    }

    /// The text of the root secret it was started with.
    pub fn root_text(&self) -> &str {
        &self.root
    }

    /// The text of the connectors' root secret it was started with.
    pub fn connectors_text(&self) -> &str {
        &self.connectors
    }

    /// The root secret it was started with.
    pub fn root(&self) -> Result<RootSecret, Problem> {
        Ok(RootSecret::parse(&self.root)?)
    }

    /// Approves, as a person does.
    pub async fn approve(&self, client: &mut Client, id: &str) -> Result<(), Problem> {
        self.decide(client, id, "approved").await
    }

    /// Decides, as a person does.
    pub async fn decide(&self, client: &mut Client, id: &str, decision: &str) -> Result<(), Problem> {
        let body = json!({ "decision": decision }).to_string();
        client.post(Some(&self.keys.approver), &format!("/approvals/{id}/resolve"), body).await.map(drop)
    }

    /// Asks for the outcome once; its status.
    pub async fn poll(&self, client: &mut Client, token: &str) -> Result<String, Problem> {
        let answer = client.post(None, "/api/guard/wait", json!({ "token": token }).to_string()).await?;
        text(&answer, "status")
    }
}

/// A request's body, of a common size.
pub fn request() -> Value {
    json!({
        "action": "mail.send",
        "params": { "to": "jane@acme.com", "subject": "Hello", "body": { "text": "How do you do?" } },
        "meta": {
            "origin": { "repo": "acme/outreach" },
            "requester": { "id": "demo", "source": "agent" },
            "justification": "She asked for it",
        },
    })
}

fn text(answer: &Value, name: &str) -> Result<String, Problem> {
    let found = answer.get(name).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {name} in {answer}").into())
}
