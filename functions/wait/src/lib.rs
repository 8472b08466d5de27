//! `GET /api/guard/wait?token=`: server-sent events, streamed where the address can stream, in bursts where a gateway buffers.
//!
//! The format is the `EventSource` of the HTML standard (§9.2): `event: state`, `id: <seq>`; a reconnect says the last id it saw.

mod burst;
mod event;
mod live;

pub use live::stream;

use app::await_decision::{is_over, read_decision};
use app::{Failure, Gate};
use domain::view::WaitAnswer;
use edge::{Answer, Error, Route, header, query};
use lambda_http::{Body, Request, Response};

/// Answers a request in one burst.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    edge::render(burst::answer(gate, &request).await)
}

/// What both ways begin with.
enum Opening {
    /// The token, the state now, and the last id the client saw.
    Waiting { token: String, now: WaitAnswer, seen: Option<u64> },
    /// The client saw the end: 204 tells an `EventSource` not to come back.
    Over,
}

async fn open(gate: &Gate, request: &Request) -> Result<Opening, Error> {
    let Route { method, path } = edge::route(request);
    if (method.as_str(), path.as_slice()) != ("GET", &["api", "guard", "wait"]) {
        return Err(Error::NoRoute);
    }
    let token = query(request, "token").filter(|t| !t.is_empty());
    let token = token.ok_or_else(|| Failure::invalid("token", "is required"))?.to_owned();
    let now = read_decision(gate, &token).await?;
    let claimed: Option<u64> = header(request, "last-event-id").and_then(|id| id.trim().parse().ok());
    // An id that was never given out would be waited past for ever.
    let seen = claimed.filter(|seen| *seen <= now.seq);
    match seen {
        Some(seen) if is_over(&now) && seen == now.seq => Ok(Opening::Over),
        _ => Ok(Opening::Waiting { token, now, seen }),
    }
}

fn no_content() -> Answer {
    Answer::empty(204)
}
