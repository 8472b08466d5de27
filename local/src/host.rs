//! The whole system in one process: the template's functions on the embedded engine, the bus, the gateway and the schedules.

use ::sockets::Connections;
use app::gate::prove_secrets::{Proven, keep_secrets};
use app::memory::holds::Holds;
use app::{Addresses, Clock, Couriers, Deciding, Gate, Keyed, Memory, Random};
use domain::secret::RootSecret;
use domain::view::Links;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use lambda::Function as _;
pub use lambda::{Lines, Observer};
use lambda_http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client;
use crate::code::Handler;
use crate::engine::Engine;
use crate::events::bus::Bus;
use crate::events::invoke::{Invoker, Limits};
use crate::events::schedule::Schedules;
use crate::events::stream::{Source, Surroundings};
use crate::gateway::{self, Gateway, WEBSOCKET_PATH};
use crate::handlers::Handlers;
use crate::sockets::{self, Sockets};
pub use crate::start::options::Options;
use crate::start::parts::Parts;
use crate::template::{Table, Template};
use crate::{Clock as Millis, Ids};

/// The wiring, everywhere.
const TEMPLATE: &str = include_str!("../../template.yaml");
/// How often expired items are removed; DynamoDB itself takes up to days.
const TTL_EVERY: Duration = Duration::from_secs(600);
/// How long requests that are under way may take after the host was asked to stop.
const DRAIN: Duration = Duration::from_secs(5);
/// The wait before a batch of the stream is tried again.
const RETRY_BATCH: Duration = Duration::from_millis(200);

/// A host at work.
pub struct Host {
    /// What the functions are made of.
    pub gate: Arc<Parts>,
    /// The table.
    pub engine: Engine,
    /// Runs the functions behind the bus.
    pub invoker: Invoker,
    /// Carries the events.
    pub bus: Bus,
    /// The connections of the WebSocket API.
    pub sockets: Sockets,
    /// Runs what is scheduled.
    pub schedules: Arc<Schedules>,
    /// How far the stream has been relayed, and everything that followed from it is done.
    pub relayed: watch::Receiver<i64>,
    gateway: Gateway,
    tasks: JoinSet<()>,
}

impl Host {
    /// Builds a host for an address it will be reached at; [`Host::serve`] opens the port.
    ///
    /// # Errors
    /// A sentence about what could not be made.
    pub async fn build(options: Options, url: &str) -> Result<Self, String> {
        let template = Template::read(TEMPLATE).map_err(|e| e.to_string())?;
        let (millis, ids) = (millis(options.clock.clone()), ids());
        let engine = Engine::open(options.location.clone(), millis.clone()).map_err(|e| e.to_string())?;
        for table in &template.tables {
            create(&engine, table).await?;
        }
        let bus = Bus::new(millis.clone(), ids.clone());
        let sockets = Sockets::new(sockets::Limits::default(), millis.clone(), ids.clone());
        let (buffer_streams, instead) = (options.buffer_streams, options.instead.clone());
        let (lines, ledger) = (options.lines.clone(), options.ledger.clone());
        let gate = Arc::new(parts(options, &template, (&engine, &bus, &sockets), url)?);
        prove(&gate).await?;
        // Stack and bus have one name.
        let stack = template.buses.first().map(String::as_str).unwrap_or_default();
        let handlers = handlers(&gate, |code: &str| Observer::new(code, stack, lines.clone()));
        let handlers = handlers.but(instead).recorded(ledger);
        let targets = handlers.targets(&template).map_err(|e| e.to_string())?;
        let invoker = Invoker::new(targets.clone(), engine.clone(), millis.clone(), ids.clone(), Limits::default());
        bus.connect(template.buses.clone(), template.rules.clone(), invoker.clone());
        sockets.connect(&template, &handlers).map_err(|e| e.to_string())?;
        let websocket = sockets.websocket();
        let gateway_options = gateway::Options { buffer_streams, drain: DRAIN, websocket };
        let gateway = Gateway::new(&template, &handlers, gateway_options, millis.clone(), ids.clone());
        let schedules = Arc::new(Schedules {
            schedules: template.schedules.clone(),
            invoker: invoker.clone(),
            clock: millis.clone(),
            ids: ids.clone(),
        });
        let host = Surroundings { engine: engine.clone(), clock: millis, ids, retry_delay: RETRY_BATCH };
        let (mapping, target) = template
            .mappings
            .first()
            .and_then(|m| Some((m.clone(), targets.get(&m.function)?.clone())))
            .ok_or("the template maps no function to the table's stream")?;
        let source = Source::open(mapping, target, host).await.map_err(|e| e.to_string())?;
        let relayed = source.progress();
        let mut tasks = JoinSet::new();
        tasks.spawn(source.run());
        tasks.spawn(keep_schedules(schedules.clone()));
        tasks.spawn(remove_expired(engine.clone()));
        let gateway = gateway.map_err(|e| e.to_string())?;
        Ok(Self { gate, engine, invoker, bus, sockets, schedules, relayed, gateway, tasks })
    }

    /// Serves until `stop`; then finishes the requests that are under way and closes the data.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let Self { engine, gateway, sockets, mut tasks, .. } = self;
        let stop = async {
            stop.await;
            sockets.close();
        };
        gateway.serve(listener, stop).await;
        if timeout(DRAIN, sockets.closed()).await.is_err() {
            tracing::info!("some connections were still open and are cut off");
        }
        tasks.shutdown().await;
        engine.close().await;
    }
}

async fn keep_schedules(schedules: Arc<Schedules>) {
    schedules.run().await;
}

async fn remove_expired(engine: Engine) {
    let mut ticks = tokio::time::interval(TTL_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = engine.sweep_ttl().await {
            tracing::warn!(%error, "expired items could not be removed");
        }
    }
}

/// Creates a table that is not there yet.
async fn create(engine: &Engine, table: &Table) -> Result<(), String> {
    let (status, answer) = engine.execute("CreateTable", table.create.to_string().into_bytes()).await;
    let text = String::from_utf8_lossy(&answer);
    match status {
        200 => {}
        _ if text.contains("ResourceInUseException") => return Ok(()),
        _ => return Err(format!("the table {} cannot be made: {text}", table.name)),
    }
    let Some(attribute) = &table.ttl else { return Ok(()) };
    let ttl = json!({
        "TableName": table.name,
        "TimeToLiveSpecification": { "Enabled": true, "AttributeName": attribute },
    });
    let (status, answer) = engine.execute("UpdateTimeToLive", ttl.to_string().into_bytes()).await;
    if status == 200 { Ok(()) } else { Err(format!("TTL of {}: {}", table.name, String::from_utf8_lossy(&answer))) }
}

fn parts(
    options: Options,
    template: &Template,
    (engine, bus, sockets): (&Engine, &Bus, &Sockets),
    url: &str,
) -> Result<Parts, String> {
    let table = template.tables.first().ok_or("the template has no table")?;
    let bus_name = template.buses.first().ok_or("the template has no event bus")?;
    let store = Store::new(client::dynamodb_recorded(engine, options.ledger, options.calls.clone()), &table.name);
    let websocket = format!("{}{WEBSOCKET_PATH}", url.replacen("http", "ws", 1));
    let links = Links { stream: format!("{url}/api/guard/wait"), websocket: Some(websocket) };
    let addresses = Addresses { links, console: Some(format!("{url}/console")) };
    let memory = Memory::new(options.issuers, Holds::default());
    let gate = Gate::new(store, options.http, addresses).at(options.clock).remembering(memory);
    let bus = ::bus::Bus::new(client::eventbridge(bus, options.calls.clone()), bus_name);
    let connections = Connections::new(client::management(sockets, options.calls));
    let keyed = Keyed::new(gate.clone(), RootSecret::parse(&options.root_secret)?);
    Ok(Parts {
        gate: Deciding::new(keyed, options.hints.then(|| connections.clone())),
        couriers: Couriers::new(gate, RootSecret::parse(&options.connectors_secret)?, options.slack),
        bus,
        connections,
    })
}

/// # Errors
/// A root secret is not the one that the data was made with.
async fn prove(parts: &Parts) -> Result<(), String> {
    let known = parts.store.get_proofs().await.map_err(|e| e.to_string())?;
    match keep_secrets(parts, parts.root_secrets(), &known).await.map_err(|e| e.to_string())? {
        Proven::Yes => Ok(()),
        Proven::No(why) => Err(why),
    }
}

/// Every function of the house, by its crate's name. On the heap: a small stack holds no more than it did.
fn handlers(parts: &Parts, observed: impl Fn(&str) -> Arc<Observer>) -> Handlers {
    macro_rules! http {
        ($name:ident, $has:ident) => {{
            let (has, observer) = (Arc::new($name::$has::from(parts)), observed(stringify!($name)));
            Handler::Http(Arc::new(move |request: Request| {
                let (has, observer, line) = (has.clone(), observer.clone(), observer.request(&request));
                Box::pin(async move { observer.answer(has.gate(), line, Box::pin($name::handle(&has, request))).await })
                    as BoxFuture<'static, _>
            }))
        }};
    }
    macro_rules! event {
        ($name:ident, $has:ident) => {{
            let (has, observer) = (Arc::new($name::$has::from(parts)), observed(stringify!($name)));
            Handler::Event(Arc::new(move |event: Value| {
                let (has, observer, line) = (has.clone(), observer.clone(), observer.event(&event, None));
                Box::pin(async move {
                    let taken = observer.take(has.gate(), line, Box::pin($name::handle(&has, event))).await;
                    taken.map_err(|e| e.to_string())
                }) as BoxFuture<'static, _>
            }))
        }};
    }
    Handlers::default()
        .with("create", http!(create, Create))
        .with("poll", http!(poll, Poll))
        .with("wait", http!(wait, Wait))
        .with("wait", streaming(parts, observed("wait")))
        .with("resolve", http!(resolve, Resolve))
        .with("slack", http!(slack, Slack))
        .with("callbacks", http!(callbacks, Callbacks))
        .with("settings", http!(settings, Settings))
        .with("relay", event!(relay, Relay))
        .with("dispatch", event!(dispatch, Dispatch))
        .with("connectors", http!(connectors, Connectors))
        .with("console", http!(console, Console))
        .with("sweep", event!(sweep, Sweep))
        .with("socket", event!(socket, Socket))
        .with("push", event!(push, Push))
}

fn streaming(parts: &Parts, observer: Arc<Observer>) -> Handler {
    let has = Arc::new(wait::Wait::from(parts));
    Handler::Stream(Arc::new(move |request| {
        let (has, observer, line) = (has.clone(), observer.clone(), observer.request(&request));
        Box::pin(async move {
            let answer = observer.stream(has.gate(), line, Box::pin(wait::stream(has.clone(), request))).await;
            answer.map(|body| body.map_err(|never| match never {}).boxed_unsync())
        })
    }))
}

/// The process's clock, as the machinery wants it.
fn millis(clock: Clock) -> Millis {
    Arc::new(move || clock.now().as_millisecond())
}

/// Random names in the form of UUIDs.
fn ids() -> Ids {
    Arc::new(|| {
        let bytes: [u8; 16] = Random::System.bytes().unwrap_or_default();
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    })
}
