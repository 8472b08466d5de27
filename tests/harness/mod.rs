//! A whole host in the test's own process, over real HTTP, with keys and a policy.

pub mod chromium;
pub mod documented;
pub mod mortal;
pub mod pages;
pub mod process;
pub mod slow;
pub mod socket;
pub mod watching;

use app::memory::issuers::Issuers;
use app::{Clock, Slack};
use documented::watched;
use local::calls::Calls;
use local::engine::{Engine, Location};
use local::events::bus::Bus;
use local::events::invoke::Invoker;
use local::handlers::{Handler, Handlers};
use local::host::{Host, Lines, Options};
use local::invocations;
use local::ledger::Ledger;
use local::sockets::Sockets;
use local::start::Parts;
use local::start::first_start::{Keys, make_keys, new_root_secret, put_policy};
use reqwest_middleware::{ClientWithMiddleware, RequestBuilder};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, LazyLock, Once};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, oneshot, watch};
use tokio::task::JoinHandle;
use vendors::Http;

use crate::harness::watching::Watch;
use standins::names::{LOOPBACK, Names};
use standins::slack::SlackStandin;

/// The policy most tests run under.
pub const POLICY: &str = include_str!("policy.yaml");

/// Longest wait for something that is signalled: far beyond what it takes, so that only what never comes fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How often a journey repeats itself: `few` times in `make test`, `all` of them in `make release-check`.
#[expect(clippy::disallowed_methods, reason = "how long a run may take is the makefile's to say")]
pub fn rounds<N>(few: N, all: N) -> N {
    if std::env::var_os("COUNTERSIGN_ALL_ROUNDS").is_some() { all } else { few }
}

/// What every function called in this run of the tests; `checks/check-roles.py` compares it with the roles.
static CALLS: LazyLock<Calls> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/calls");
    Calls::to(&folder.join(format!("{}.txt", std::process::id()))).unwrap()
});

/// How a host is to be started.
pub struct Start {
    location: Location,
    clock: Clock,
    policy: Option<String>,
    slack: Option<Slack>,
    buffer_streams: bool,
    root_secret: String,
    connectors_secret: String,
    ledger: Option<Ledger>,
    hints: bool,
    strict: bool,
    names: Option<Names>,
    lines: Lines,
    issuers: Value,
    domain: Option<&'static str>,
    instead: Handlers,
}

/// A host at work.
pub struct System {
    /// `http://127.0.0.1:<port>`
    pub url: String,
    /// The keys of `user:admin@localhost`, `agent:demo` and `user:approver@localhost`.
    pub keys: Keys,
    /// What every function works with.
    pub gate: Arc<Parts>,
    /// The table.
    pub engine: Engine,
    /// The functions behind the bus.
    pub invoker: Invoker,
    /// The bus.
    pub bus: Bus,
    /// The WebSocket connections.
    pub sockets: Sockets,
    /// What time it is.
    pub clock: Clock,
    http: ClientWithMiddleware,
    relayed: watch::Receiver<i64>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// A request that was made.
pub struct Asked {
    /// `appr_…`
    pub id: String,
    /// `cwt_…`
    pub token: String,
    /// The whole answer.
    pub answer: Value,
}

/// A client that needs no TLS, held to what is documented.
pub fn http() -> ClientWithMiddleware {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let roots: [reqwest::Certificate; 0] = [];
    // The host closes a connection that was idle for half a minute. A client that sends on it at that moment gets no answer.
    let rest = Duration::from_secs(10);
    watched(reqwest::Client::builder().no_proxy().tls_certs_only(roots).pool_idle_timeout(rest).build().unwrap())
}

impl Start {
    /// In memory, at the wall clock, under [`POLICY`], without Slack.
    pub fn fresh() -> Self {
        Self {
            location: Location::Memory,
            clock: Clock::Wall,
            policy: Some(POLICY.into()),
            slack: None,
            buffer_streams: false,
            root_secret: new_root_secret(),
            connectors_secret: new_root_secret(),
            ledger: None,
            hints: true,
            strict: false,
            names: None,
            lines: Lines::Log,
            issuers: json!([]),
            domain: None,
            instead: Handlers::default(),
        }
    }

    /// Believing tokens of these issuers, as they are configured.
    pub fn believing(mut self, issuers: Value) -> Self {
        self.issuers = issuers;
        self
    }

    /// At a clock of the test's own.
    pub fn at(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Under another policy.
    pub fn under(mut self, policy: &str) -> Self {
        self.policy = Some(policy.into());
        self
    }

    /// Without a policy.
    pub fn lawless(mut self) -> Self {
        self.policy = None;
        self
    }

    /// With a Slack.
    pub fn with_slack(mut self, slack: &SlackStandin) -> Self {
        self.slack = Some(Slack {
            api_url: slack.url(),
            bot_token: Some(slack.bot_token().into()),
            signing_secret: Some(slack.signing_secret().into()),
            team: Default::default(),
        });
        self
    }

    /// With event streams answered in bursts, as behind the deployed gateway.
    pub fn buffering(mut self) -> Self {
        self.buffer_streams = true;
        self
    }

    /// With nothing posted to WebSockets but what comes through the stream.
    pub fn without_hints(mut self) -> Self {
        self.hints = false;
        self
    }

    /// With connectors that reach public addresses by https alone, as in production.
    pub fn strictly(mut self) -> Self {
        self.strict = true;
        self
    }

    /// With root secrets that somebody else has too.
    pub fn with_secrets(mut self, root: &str, connectors: &str) -> Self {
        (self.root_secret, self.connectors_secret) = (root.into(), connectors.into());
        self
    }

    /// With names that stand for what the test says.
    pub fn knowing(mut self, names: &Names) -> Self {
        self.names = Some(names.clone());
        self
    }

    /// With a function behind the bus that does nothing: the test does its work, event by event, and may crash it.
    pub fn without(self, function: &'static str) -> Self {
        let idle = Handler::Event(Arc::new(|_| Box::pin(async { Ok(json!({})) })));
        self.with_handlers(Handlers::default().with(function, idle))
    }

    /// With functions that run other code than the house's own.
    pub fn with_handlers(mut self, instead: Handlers) -> Self {
        self.instead = instead;
        self
    }

    /// Known to people by an address of its own, whatever the port is.
    pub fn known_as(mut self, domain: &'static str) -> Self {
        self.domain = Some(domain);
        self
    }

    /// On a folder's data, which outlives the host, under these root secrets.
    pub fn keeping(mut self, folder: &Path, root_secret: &str, connectors_secret: &str) -> Self {
        self.location = Location::Folder(folder.into());
        self.with_secrets(root_secret, connectors_secret)
    }

    /// With what each invocation says of itself kept.
    pub fn watched(mut self, watch: &Watch) -> Self {
        self.lines = watch.lines();
        self
    }

    /// With what the table's operations cost written down; starting costs, too.
    pub fn recording(mut self, ledger: &Ledger) -> Self {
        self.ledger = Some(ledger.clone());
        self
    }

    /// Starts.
    pub async fn start(self) -> System {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = self.clock.clone();
        let connecting = match self.names {
            Some(names) => Http::knowing(names, LOOPBACK, !self.strict).unwrap(),
            None => Http::new(!self.strict).unwrap(),
        };
        let options = Options {
            location: self.location,
            clock: self.clock,
            root_secret: self.root_secret,
            issuers: Issuers::read(&self.issuers.to_string(), !self.strict).unwrap(),
            connectors_secret: self.connectors_secret,
            slack: self.slack,
            http: connecting,
            buffer_streams: self.buffer_streams,
            ledger: self.ledger,
            calls: Some(CALLS.clone()),
            hints: self.hints,
            lines: self.lines,
            instead: self.instead,
        };
        let host = Host::build(options, self.domain.unwrap_or(&url)).await.unwrap();
        let keys = make_keys(&host.gate).await.unwrap();
        if let Some(policy) = &self.policy {
            put_policy(&host.gate, policy).await.unwrap();
        }
        let (gate, engine, invoker) = (host.gate.clone(), host.engine.clone(), host.invoker.clone());
        let (relayed, bus, sockets) = (host.relayed.clone(), host.bus.clone(), host.sockets.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(host.serve(listener, async {
            let _ = stopped.await;
        }));
        let (stop, serving) = (Some(stop), Some(serving));
        System { url, keys, gate, engine, invoker, bus, sockets, clock, http: http(), relayed, stop, serving }
    }
}

impl System {
    /// In memory, under [`POLICY`].
    pub async fn start() -> Self {
        Start::fresh().start().await
    }

    /// A request to be built further.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    /// Sends JSON with a key; the status and the JSON that came back (null where there is none).
    pub async fn call(&self, key: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.request(method, path).bearer_auth(key);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    /// `GET` with a key.
    pub async fn get(&self, key: &str, path: &str) -> (u16, Value) {
        self.call(key, "GET", path, Value::Null).await
    }

    /// Asks as `agent:demo`.
    pub async fn ask(&self, action: &str, params: Value) -> Asked {
        self.ask_for(body(action, params)).await
    }

    /// Asks with a whole body as `agent:demo`.
    pub async fn ask_for(&self, body: Value) -> Asked {
        let (status, answer) = self.call(&self.keys.agent, "POST", "/api/guard/request", body).await;
        assert_eq!(status, 200, "{answer}");
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        Asked { id: text("requestId"), token: text("token"), answer }
    }

    /// Decides as the holder of a key.
    pub async fn resolve(&self, key: &str, id: &str, body: Value) -> (u16, Value) {
        self.call(key, "POST", &format!("/approvals/{id}/resolve"), body).await
    }

    /// Polls.
    pub async fn poll(&self, token: &str) -> Value {
        let (status, answer) = self.call("", "POST", "/api/guard/wait", json!({ "token": token })).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Makes a key; its text.
    pub async fn key(&self, subject: &str, roles: &[&str]) -> String {
        let new = json!({ "name": subject, "subject": subject, "roles": roles });
        let (status, made) = self.call(&self.keys.admin, "POST", "/api/settings/keys", new).await;
        assert_eq!(status, 201, "{made}");
        made["key"].as_str().unwrap().to_owned()
    }

    /// Puts another policy in force.
    pub async fn put_policy(&self, policy: &str) {
        let put = self.request("PUT", "/api/settings/policy").bearer_auth(&self.keys.admin);
        let answer = put.header("content-type", "application/yaml").body(policy.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Waits until everything that was written has been relayed and everything that followed from it is done.
    pub async fn settle(&self) {
        self.sockets.idle().await;
        let written = *self.engine.appended().borrow();
        let mut relayed = self.relayed.clone();
        let done = relayed.wait_for(|position| *position >= written);
        tokio::time::timeout(PATIENCE, done).await.expect("the stream was not relayed").unwrap();
        tokio::time::timeout(PATIENCE, self.invoker.idle()).await.expect("the functions did not finish");
    }

    /// Runs the sweep and waits for what follows.
    pub async fn sweep(&self) {
        let swept =
            invocations::by("SweepFunction", app::sweep::sweep_due::sweep_due(&self.gate, &self.gate.bus)).await;
        swept.unwrap();
        self.settle().await;
    }

    /// Stops, as SIGTERM does.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }
}

impl Drop for System {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// A request's body with everything the contract requires.
pub fn body(action: &str, params: Value) -> Value {
    json!({
        "action": action,
        "params": params,
        "meta": {
            "origin": { "repo": "acme/outreach" },
            "requester": { "id": "demo", "source": "agent" },
            "justification": "Because the test says so",
        },
    })
}

impl Start {
    /// With a Slack app that is configured as the test says.
    pub fn with_slack_app(mut self, app: Slack) -> Self {
        self.slack = Some(app);
        self
    }
}

/// The events of each of these approvals since the last call, in order: the detail-types.
pub fn told_of(events: &mut broadcast::Receiver<Value>, ids: &[&str]) -> Vec<Vec<String>> {
    let mut told = vec![Vec::new(); ids.len()];
    loop {
        match events.try_recv() {
            Ok(event) => {
                let of = ids.iter().position(|id| event["detail"]["id"] == *id);
                let kind = event["detail-type"].as_str().unwrap();
                of.filter(|_| kind.starts_with("approval.")).into_iter().for_each(|i| told[i].push(kind.to_owned()));
            }
            Err(broadcast::error::TryRecvError::Lagged(missed)) => panic!("{missed} events were missed"),
            Err(_) => return told,
        }
    }
}
