//! The WebSocket API: `$connect` with `?token=` registers and nothing else; `subscribe` does the same for one token more; `ping` keeps
//! the connection from being idle. States are told by `push`.

use app::register_waiter::register_waiter;
use app::{Failure, Gate};
use domain::Faults;
use edge::{Answer, Error};
use serde::Deserialize;
use serde_json::{Value, json};

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
}

#[derive(Deserialize)]
struct Query {
    token: Option<String>,
}

/// Takes an event of the WebSocket API; its answer refuses a connection, or goes back over it.
///
/// # Errors
/// The event cannot be read. Whatever else fails is an answer.
pub async fn handle(gate: &Gate, event: Value) -> Result<Value, Failure> {
    let event: SocketEvent =
        serde_json::from_value(event).map_err(|e| Failure::Internal(format!("a WebSocket event: {e}")))?;
    let answer = match event.request_context.event_type.as_str() {
        "CONNECT" => connect(gate, &event).await.unwrap_or_else(Error::answer),
        // The waiters of a connection that is gone are forgotten when a post fails, or by TTL.
        "DISCONNECT" => Answer::empty(200),
        _ => message(gate, &event).await.unwrap_or_else(|error| error.answer().into_socket_message()),
    };
    Ok(answer.into_socket_response())
}

/// Without a token the connection is good for subscribing.
async fn connect(gate: &Gate, event: &SocketEvent) -> Result<Answer, Error> {
    let token = event.query_string_parameters.as_ref().and_then(|query| query.token.as_deref());
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        register_waiter(gate, &event.request_context.connection_id, token).await?;
    }
    Ok(Answer::empty(200))
}

async fn message(gate: &Gate, event: &SocketEvent) -> Result<Answer, Error> {
    match read(event)? {
        Wanted::Pong => Ok(Answer::json(200, &json!({ "event": "pong" }))),
        Wanted::States(token) => {
            register_waiter(gate, &event.request_context.connection_id, &token).await?;
            // The state comes as a message of its own; there is nothing to say before.
            Ok(Answer::empty(200))
        }
    }
}

/// What a client asks for.
enum Wanted {
    /// A sign of life.
    Pong,
    /// To be told what belongs to a token.
    States(String),
}

/// Reads `{"action": "subscribe", "token": …}` or `{"action": "ping"}`.
fn read(event: &SocketEvent) -> Result<Wanted, Failure> {
    if event.is_base64_encoded {
        return Err(Failure::invalid("", "the message must be text"));
    }
    let text = event.body.as_deref().unwrap_or_default();
    let body = domain::json::parse(text.as_bytes())
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
