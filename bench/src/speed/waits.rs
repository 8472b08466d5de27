//! From the decision to the agent: on a WebSocket, an event stream and a held poll; one cycle after the other, forty at once, and a
//! crowd of waiters.

use futures::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::host::http::Client;
use crate::host::system::{Start, System};
use crate::problem::Problem;
use crate::speed::load::percentile;
use crate::speed::scenes::ON_DISK;

/// How an agent waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    WebSocket,
    Stream,
    Poll,
}

impl Way {
    const ALL: [Self; 3] = [Self::WebSocket, Self::Stream, Self::Poll];

    fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WebSocket",
            Self::Stream => "event stream",
            Self::Poll => "long poll",
        }
    }
}

/// The crowd: so many on WebSockets, so many on event streams.
const CROWD: (usize, usize) = (500, 200);
/// How long a held poll is given to be held: nothing says when it is.
const SETTLING: Duration = Duration::from_millis(5);

/// One decision, as the agent learned of it.
#[derive(Clone, Copy, Debug)]
struct Learned {
    /// From sending the decision.
    sent: Duration,
    /// From the answer that the approver got; zero if the agent knew first.
    answered: Duration,
    /// From its being committed to the table; only where decisions come one after the other.
    committed: Option<Duration>,
}

/// What came of one way of waiting; times in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Waited {
    /// How.
    pub way: &'static str,
    /// In what company.
    pub setting: String,
    /// Decisions that were learned.
    pub count: usize,
    /// From the commit, half of them took at most this, and 99 of 100 that.
    pub committed: Option<(f64, f64)>,
    /// From sending the decision.
    pub sent: (f64, f64),
    /// From the answer to it; 0 where the agent knew first.
    pub answered: (f64, f64),
}

/// Measures all ways of waiting, on disk.
pub async fn measure(time: Duration) -> Result<Vec<Waited>, Problem> {
    let mut all = Vec::new();
    for clients in [1, 40] {
        let system = Arc::new(Start { on_disk: true, ..Start::default() }.start().await?);
        for way in Way::ALL {
            let mut at_work = JoinSet::new();
            for _ in 0..clients {
                at_work.spawn(cycles(system.clone(), way, clients == 1, Instant::now() + time));
            }
            let mut learned = Vec::new();
            while let Some(some) = at_work.join_next().await {
                learned.extend(some??);
            }
            let setting = if clients == 1 { "one after the other".into() } else { format!("{clients} at once") };
            all.push(waited(way, setting, &learned));
        }
        Arc::into_inner(system).ok_or("somebody still uses the host")?.stop().await?;
    }
    all.extend(crowd().await?);
    Ok(all)
}

/// Asks, waits, decides and learns, again and again.
async fn cycles(system: Arc<System>, way: Way, alone: bool, until: Instant) -> Result<Vec<Learned>, Problem> {
    let mut client = Client::connect(&system.address).await?;
    let mut learned = Vec::new();
    while Instant::now() < until {
        let (id, token) = system.create(&mut client).await?;
        let agent = wait(&system, way, &token).await?;
        learned.push(decide(&system, &mut client, &id, agent, alone).await?);
    }
    Ok(learned)
}

async fn decide(
    system: &System,
    client: &mut Client,
    id: &str,
    agent: JoinHandle<Result<Instant, Problem>>,
    alone: bool,
) -> Result<Learned, Problem> {
    let commit = alone.then(|| system.next_commit());
    let sent = Instant::now();
    system.approve(client, id).await?;
    let answered = Instant::now();
    let told = agent.await??;
    let committed = match commit {
        Some(commit) => Some(told.saturating_duration_since(commit.await??)),
        None => None,
    };
    Ok(Learned { sent: told - sent, answered: told.saturating_duration_since(answered), committed })
}

/// An agent that waits on a WebSocket already.
pub async fn on_websocket(system: &System, token: &str) -> Result<JoinHandle<Result<Instant, Problem>>, Problem> {
    wait(system, Way::WebSocket, token).await
}

/// An agent that waits already; the instant at which it learns of the end.
async fn wait(system: &System, way: Way, token: &str) -> Result<JoinHandle<Result<Instant, Problem>>, Problem> {
    match way {
        Way::WebSocket => {
            let mut socket = connect(system, token).await?;
            read_state(&mut socket).await?;
            Ok(tokio::spawn(async move {
                read_state(&mut socket).await?;
                let told = Instant::now();
                socket.close(None).await?;
                Ok(told)
            }))
        }
        Way::Stream => {
            let mut body = open(&system.address, token, None).await?;
            read_event(&mut body).await?;
            Ok(tokio::spawn(async move {
                read_event(&mut body).await?;
                Ok(Instant::now())
            }))
        }
        Way::Poll => {
            let mut client = Client::connect(&system.address).await?;
            let body = json!({ "token": token, "waitSec": 25 }).to_string();
            let held = tokio::spawn(async move {
                client.post(None, "/api/guard/wait", body).await?;
                Ok(Instant::now())
            });
            tokio::time::sleep(SETTLING).await;
            Ok(held)
        }
    }
}

/// A WebSocket's connection.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connection that waits for what a token belongs to.
pub async fn connect(system: &System, token: &str) -> Result<Socket, Problem> {
    let (mut socket, _) = connect_async(format!("ws://{}/ws?token={token}", system.address)).await?;
    if let MaybeTlsStream::Plain(stream) = socket.get_mut() {
        stream.set_nodelay(true)?;
    }
    socket.flush().await?;
    Ok(socket)
}

/// Reads until a state arrives.
pub async fn read_state(socket: &mut Socket) -> Result<(), Problem> {
    loop {
        match socket.next().await.ok_or("the connection was closed")?? {
            Message::Text(text) if text.contains("\"state\"") => return Ok(()),
            Message::Ping(_) | Message::Pong(_) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
}

/// An event stream; with the id of what was seen last, where something was.
pub async fn open(address: &str, token: &str, seen: Option<u64>) -> Result<Incoming, Problem> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut connection, driver) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    let mut request = Request::get(format!("/api/guard/wait?token={token}")).header("host", address);
    if let Some(seen) = seen {
        request = request.header("last-event-id", seen);
    }
    Ok(connection.send_request(request.body(Empty::<Bytes>::new())?).await?.into_body())
}

/// Reads until an event arrives.
pub async fn read_event(body: &mut Incoming) -> Result<(), Problem> {
    loop {
        let frame = body.frame().await.ok_or("the stream ended")??;
        if frame.data_ref().is_some_and(|data| data.windows(6).any(|word| word == b"event:")) {
            return Ok(());
        }
    }
}

/// Everybody waits for something of their own; then all is decided, one after the other.
async fn crowd() -> Result<Vec<Waited>, Problem> {
    let system = Start { on_disk: true, ..Start::default() }.start().await?;
    let mut client = Client::connect(&system.address).await?;
    let mut waiting = Vec::new();
    for i in 0..CROWD.0 + CROWD.1 {
        let way = if i < CROWD.0 { Way::WebSocket } else { Way::Stream };
        let (id, token) = system.create(&mut client).await?;
        waiting.push((way, id, wait(&system, way, &token).await?));
    }
    let mut learned = Vec::new();
    for (way, id, agent) in waiting {
        learned.push((way, decide(&system, &mut client, &id, agent, true).await?));
    }
    system.stop().await?;
    let setting = format!("{} sockets, {} streams", CROWD.0, CROWD.1);
    let of = |way| learned.iter().filter(|(w, _)| *w == way).map(|(_, l)| *l).collect::<Vec<_>>();
    Ok([Way::WebSocket, Way::Stream].map(|way| waited(way, setting.clone(), &of(way))).into())
}

fn waited(way: Way, setting: String, learned: &[Learned]) -> Waited {
    let committed: Option<Vec<Duration>> = learned.iter().map(|l| l.committed).collect();
    let sent = learned.iter().map(|l| l.sent).collect();
    let answered = percentiles(learned.iter().map(|l| l.answered).collect());
    Waited {
        way: way.name(),
        setting,
        count: learned.len(),
        committed: committed.map(percentiles),
        sent: percentiles(sent),
        answered,
    }
}

/// The middle one, and the 99th of 100, in milliseconds.
fn percentiles(times: Vec<Duration>) -> (f64, f64) {
    (percentile(&times, 50), percentile(&times, 99))
}

/// The table of it.
pub fn table(all: &[Waited]) -> String {
    let mut text = format!(
        "from the decision to the agent, {ON_DISK}\n{:<14}{:<26}{:>6}  {:>18}  {:>18}  {:>18}\n",
        "", "", "times", "committed p50, p99", "answered p50, p99", "sent p50, p99 ms"
    );
    for w in all {
        let pair = |(p50, p99): (f64, f64)| format!("{p50:>8.2}{p99:>9.2}");
        let committed = w.committed.map_or_else(|| format!("{:>17}", "–"), pair);
        text += &format!(
            "{:<14}{:<26}{:>6}  {committed:>18}  {:>18}  {:>18}\n",
            w.way,
            w.setting,
            w.count,
            pair(w.answered),
            pair(w.sent)
        );
    }
    text
}
