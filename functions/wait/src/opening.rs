//! What both ways of waiting begin with.

use app::Keyed;
use app::notify::await_decision::{is_over, read_decision};
use domain::view::WaitAnswer;
use lambda::{Answer, Error, header, query};
use lambda_http::Request;

/// What both ways begin with: the token, the state now, and the last id the client saw.
pub(crate) struct Opening {
    pub(crate) token: String,
    pub(crate) now: WaitAnswer,
    pub(crate) seen: Option<u64>,
}

/// None if the client has seen the end; after a 204 an `EventSource` does not connect again.
pub(crate) async fn open(gate: &Keyed, request: &Request) -> Result<Option<Opening>, Error> {
    let token = query(request, "token").unwrap_or_default().to_owned();
    let now = read_decision(gate, &token).await?;
    let last = header(request, "last-event-id").or_else(|| query(request, "lastEventId"));
    let claimed: Option<u64> = last.and_then(|id| id.trim().parse().ok());
    // An id that was never given out would be waited past for ever.
    let seen = claimed.filter(|seen| *seen <= now.seq);
    let over = is_over(&now) && seen == Some(now.seq);
    Ok((!over).then_some(Opening { token, now, seen }))
}

pub(crate) fn no_content() -> Answer {
    Answer::empty(204)
}
