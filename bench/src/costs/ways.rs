//! One approval by each way of waiting, from its asking until its agent knows and everything that follows is done.

use futures::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::host::http::Client;
use crate::host::system::{System, request};
use crate::problem::Problem;
use crate::speed::waits::{Socket, connect, open, read_event, read_state};

/// How long a held poll lasts, in seconds.
pub const HELD: u64 = 25;
/// How long one listens for messages that may still come.
const QUIET: Duration = Duration::from_millis(200);

/// How an agent waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// On a WebSocket.
    WebSocket,
    /// On the Function URL, which streams.
    Stream,
    /// On the HTTP API's event stream, which comes in bursts.
    Bursts,
    /// By polls that are held.
    LongPoll,
    /// By polls that are not.
    Polls,
    /// Not at all: it is called back.
    Callback,
}

impl Way {
    /// Each.
    pub const ALL: [Self; 6] =
        [Self::WebSocket, Self::Stream, Self::Bursts, Self::LongPoll, Self::Polls, Self::Callback];

    /// As the measurement names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::Stream => "stream",
            Self::Bursts => "bursts",
            Self::LongPoll => "longPoll",
            Self::Polls => "polls",
            Self::Callback => "callback",
        }
    }

    /// The seconds after which waiting this way repeats itself, or that are measured of it; none where waiting costs nothing.
    pub fn period(self) -> Option<u64> {
        match self {
            Self::WebSocket => Some(300),
            Self::Stream => Some(60),
            Self::Bursts | Self::LongPoll => Some(HELD),
            Self::Polls => Some(10),
            Self::Callback => None,
        }
    }
}

/// What went over a WebSocket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Messages {
    /// From the agent.
    pub sent: usize,
    /// To the agent.
    pub received: usize,
}

/// An approval that is asked for and shown.
pub struct Asked {
    id: String,
    token: String,
}

/// Asks, and waits until it is shown.
pub async fn ask(system: &System, client: &mut Client, way: Way, home: &str) -> Result<Asked, Problem> {
    let mut body = request();
    if way == Way::Callback
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("callback".into(), json!({ "url": home }));
    }
    let (id, token) = system.ask(client, body).await?;
    system.settle().await?;
    Ok(Asked { id, token })
}

/// The rest of an approval: the agent waits, it is decided once it has waited so long, and the agent knows.
pub async fn see_through(
    system: &System,
    client: &mut Client,
    way: Way,
    asked: &Asked,
    hold: Duration,
) -> Result<Messages, Problem> {
    let agent = begin(system, client, way, asked).await?;
    system.settle().await?;
    tokio::time::sleep(hold).await;
    system.approve(client, &asked.id).await?;
    system.settle().await?;
    let told = end(system, client, agent, asked).await?;
    system.settle().await?;
    Ok(told)
}

/// An agent at its waiting.
enum Agent {
    Socket(Box<Socket>),
    Stream(Incoming),
    Held(tokio::task::JoinHandle<Result<(), Problem>>),
    Polls,
    Sleeps,
}

async fn begin(system: &System, client: &mut Client, way: Way, asked: &Asked) -> Result<Agent, Problem> {
    Ok(match way {
        Way::WebSocket => {
            let mut socket = connect(system, &asked.token).await?;
            read_state(&mut socket).await?;
            Agent::Socket(Box::new(socket))
        }
        Way::Stream => {
            let mut body = open(&system.address, &asked.token, None).await?;
            read_event(&mut body).await?;
            Agent::Stream(body)
        }
        Way::Bursts => {
            open(&system.address, &asked.token, None).await?.collect().await?;
            Agent::Held(tokio::spawn(held_burst(system.address.clone(), asked.token.clone())))
        }
        Way::LongPoll => Agent::Held(tokio::spawn(held_poll(system.address.clone(), asked.token.clone()))),
        Way::Polls => {
            system.poll(client, &asked.token).await?;
            Agent::Polls
        }
        Way::Callback => Agent::Sleeps,
    })
}

/// A reconnect that saw the first state: its answer comes once the next is there.
async fn held_burst(address: String, token: String) -> Result<(), Problem> {
    open(&address, &token, Some(1)).await?.collect().await?;
    Ok(())
}

async fn held_poll(address: String, token: String) -> Result<(), Problem> {
    let body = json!({ "token": token, "waitSec": HELD }).to_string();
    Client::connect(&address).await?.post(None, "/api/guard/wait", body).await.map(drop)
}

async fn end(system: &System, client: &mut Client, agent: Agent, asked: &Asked) -> Result<Messages, Problem> {
    match agent {
        Agent::Socket(mut socket) => {
            let received = 1 + received(&mut socket).await?;
            socket.as_mut().close(None).await?;
            return Ok(Messages { sent: 0, received });
        }
        Agent::Stream(body) => drop(body.collect().await?),
        Agent::Held(task) => task.await??,
        Agent::Polls => drop(system.poll(client, &asked.token).await?),
        Agent::Sleeps => {}
    }
    Ok(Messages::default())
}

/// How many messages have come.
async fn received(socket: &mut Socket) -> Result<usize, Problem> {
    let mut count = 0;
    while let Ok(next) = timeout(QUIET, socket.next()).await {
        if let Message::Text(_) = next.ok_or("the connection was closed")?? {
            count += 1;
        }
    }
    Ok(count)
}

/// One period of waiting, of an approval that nobody decides.
pub async fn wait_once(
    system: &System,
    client: &mut Client,
    way: Way,
    asked: &Asked,
    socket: Option<&mut Socket>,
) -> Result<Messages, Problem> {
    match (way, socket) {
        (Way::WebSocket, Some(socket)) => {
            let again = json!({ "action": "subscribe", "token": asked.token }).to_string();
            socket.send(Message::text(again)).await?;
            read_state(socket).await?;
            system.settle().await?;
            return Ok(Messages { sent: 1, received: 1 + received(socket).await? });
        }
        (Way::Bursts, _) => held_burst(system.address.clone(), asked.token.clone()).await?,
        (Way::LongPoll, _) => held_poll(system.address.clone(), asked.token.clone()).await?,
        (Way::Polls, _) => drop(system.poll(client, &asked.token).await?),
        _ => {}
    }
    Ok(Messages::default())
}

/// A connection that waits already.
pub async fn waiting(system: &System, way: Way, asked: &Asked) -> Result<Option<Socket>, Problem> {
    if way != Way::WebSocket {
        return Ok(None);
    }
    let mut socket = connect(system, &asked.token).await?;
    read_state(&mut socket).await?;
    system.settle().await?;
    received(&mut socket).await?;
    Ok(Some(socket))
}
