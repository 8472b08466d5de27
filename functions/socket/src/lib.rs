//! The WebSocket API: `$connect` with `?token=` registers a waiter and does nothing else; `subscribe` registers one more token, and answers
//! with the state if that token is registered already; `ping` keeps the connection from being idle. `push` sends all other states. A client
//! that sends too fast gets a message, and a client that goes on is disconnected.

mod resources;

pub use resources::Socket;

use app::memory::message_rates::{CONNECTIONS, MESSAGES, Sent};
use app::notify::push_state::close_connection;
use app::notify::register_waiter::{register_waiter, subscribe_waiter};
use app::{Failure, Keyed};
use domain::Faults;
use lambda::{Answer, Error};
use serde::Deserialize;
use serde_json::{Value, json};
use store::rates::Rate;

/// An event of the WebSocket API (API Gateway Developer Guide, "Set up a WebSocket API integration request").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SocketEvent {
    request_context: Context,
    query_string_parameters: Option<Query>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    event_type: String,
    connection_id: String,
    #[serde(default)]
    api_id: String,
    #[serde(default)]
    identity: Identity,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    #[serde(default)]
    source_ip: String,
}

#[derive(Deserialize)]
struct Query {
    token: Option<String>,
}

/// Takes an event of the WebSocket API; its answer refuses a connection, or goes back over it.
///
/// # Errors
/// The event cannot be read. Whatever else fails is an answer.
pub async fn handle(has: &Socket, event: Value) -> Result<Value, Failure> {
    let event: SocketEvent =
        serde_json::from_value(event).map_err(|e| Failure::Internal(format!("a WebSocket event: {e}")))?;
    let answer = match event.request_context.event_type.as_str() {
        "CONNECT" => connect(&has.gate, &event).await.unwrap_or_else(Error::answer),
        // The waiters of a connection that is gone are forgotten when a post fails, or by TTL.
        "DISCONNECT" => Answer::empty(200),
        _ => message(has, &event).await.unwrap_or_else(|error| error.answer().into_socket_message()),
    };
    Ok(answer.into_socket_response())
}

/// Without a token the connection is good for subscribing. Nobody knows whose it is, so an address opens only so many.
async fn connect(gate: &Keyed, event: &SocketEvent) -> Result<Answer, Error> {
    let token = event.query_string_parameters.as_ref().and_then(|query| query.token.as_deref());
    let Context { connection_id, identity, .. } = &event.request_context;
    match token.filter(|token| !token.is_empty()) {
        Some(token) => register_waiter(gate, connection_id, token).await?,
        None => match gate.memory.messages.take(&identity.source_ip, CONNECTIONS, gate.clock.now()) {
            Sent::Taken => {}
            Sent::TooFast { retry_after_sec } => return Err(too_many(CONNECTIONS, retry_after_sec)),
            Sent::GoesOn => return Err(too_many(CONNECTIONS, CONNECTIONS.window_sec)),
        },
    }
    Ok(Answer::empty(200))
}

async fn message(Socket { gate, connections }: &Socket, event: &SocketEvent) -> Result<Answer, Error> {
    let connection = &event.request_context.connection_id;
    match gate.memory.messages.take(connection, MESSAGES, gate.clock.now()) {
        Sent::Taken => {}
        Sent::TooFast { retry_after_sec } => return Err(too_many(MESSAGES, retry_after_sec)),
        Sent::GoesOn => {
            close_connection(connections, connection, &event.request_context.api_id).await?;
            return Ok(Answer::empty(200));
        }
    }
    match read(event)? {
        Wanted::Pong => Ok(Answer::json(200, &json!({ "event": "pong" }))),
        Wanted::States(token) => match subscribe_waiter(gate, connection, &token).await? {
            Some(state) => Ok(Answer::text(200, "application/json", state)),
            // The state comes as a message of its own; there is nothing to say before.
            None => Ok(Answer::empty(200)),
        },
    }
}

fn too_many(rate: Rate, retry_after_sec: u64) -> Error {
    Failure::TooMany { rate, retry_after_sec }.into()
}

/// What a client asks for.
enum Wanted {
    /// A sign of life.
    Pong,
    /// Subscribe to the states of this token.
    States(String),
}

/// Reads `{"action": "subscribe", "token": …}` or `{"action": "ping"}`.
fn read(event: &SocketEvent) -> Result<Wanted, Failure> {
    if event.is_base64_encoded {
        return Err(Failure::invalid("", "the message must be text"));
    }
    let text = event.body.as_deref().unwrap_or_default();
    let body = domain::params::json::parse(text.as_bytes())
        .map_err(|problem| Failure::invalid("", &format!("the message is not valid JSON: {problem}")))?;
    let faults = Faults::default();
    let mut o = faults.object("", &body);
    o.need("action");
    let wanted = match o.one_of("action", &["subscribe", "ping"]) {
        Some("subscribe") => Wanted::States(o.need_text("token", 1)),
        _ => Wanted::Pong,
    };
    Ok(faults.or(wanted)?)
}
