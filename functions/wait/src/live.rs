//! Streamed: every state as it comes, a heartbeat while nothing does, and the end after the last.

use crate::event::{self, HEARTBEAT, RETRY, RETRY_LATER, state};
use crate::opening::{Opening, no_content, open};
use crate::operations::ROUTES;
use crate::resources::Wait;
use app::memory::holds::Hold;
use app::notify::await_decision::{await_change, hold, is_over};
use bytes::Bytes;
use domain::view::WaitAnswer;
use futures::stream::{self, Stream, StreamExt as _};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use lambda::Error;
use lambda_http::{Body, Request, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest time a stream lasts; then the client comes back with its last id. `operations.rs` tells callers this time.
const STREAM_LASTS: Duration = Duration::from_secs(5 * 60);
/// The longest silence.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// A body that is streamed.
pub type StreamedBody = UnsyncBoxBody<Bytes, Infallible>;

/// Answers a request with a stream.
pub async fn stream(has: Arc<Wait>, request: Request) -> Response<StreamedBody> {
    let asked = lambda::find(&ROUTES, &request).and_then(|(route, _)| lambda::must_fit(route, &request));
    let opened = match asked {
        Ok(()) => open(&has.gate, &request).await,
        Err(refused) => Err(refused),
    };
    match opened {
        Ok(Some(Opening { token, now, seen })) => {
            let held = match hold(&has.gate, &token) {
                Ok(held) => held,
                Err(failure) => return whole(Error::from(failure).answer().into_response()),
            };
            let states = states(has, token, now, seen, held).map(|text| Ok(Frame::data(Bytes::from(text))));
            let body = UnsyncBoxBody::new(StreamBody::new(Box::pin(states)));
            event::answer(String::new()).into_response().map(|_| body)
        }
        Ok(None) => whole(no_content().into_response()),
        Err(e) => whole(e.answer().into_response()),
    }
}

/// Where a stream is.
struct Waiting {
    has: Arc<Wait>,
    token: String,
    /// The answer to send next; none if only time has passed.
    next: Option<WaitAnswer>,
    seen: u64,
    over: bool,
    until: Instant,
    /// A stream counts as a held answer. A stream without a hold ends after the current state.
    held: Option<Hold>,
}

/// The texts of a stream: at once what the client has not seen, then every change.
fn states(
    has: Arc<Wait>,
    token: String,
    now: WaitAnswer,
    seen: Option<u64>,
    held: Option<Hold>,
) -> impl Stream<Item = String> + Send {
    let retry = if held.is_some() { RETRY } else { RETRY_LATER };
    let last = seen.unwrap_or(0);
    let first = (now.seq > last).then_some(now);
    let until = Instant::now() + STREAM_LASTS;
    let waiting = Waiting { has, token, next: first, seen: last, over: false, until, held };
    stream::once(async { retry.to_owned() }).chain(stream::unfold(waiting, next))
}

async fn next(mut waiting: Waiting) -> Option<(String, Waiting)> {
    let told = match waiting.next.take() {
        Some(first) => first,
        None if waiting.over || waiting.held.is_none() || Instant::now() >= waiting.until => return None,
        // A read that fails ends the stream. The client connects again and gets the current state.
        None => await_change(&waiting.has.gate, &waiting.token, Some(waiting.seen), HEARTBEAT_EVERY).await.ok()?,
    };
    let text = if told.seq > waiting.seen { state(&told) } else { HEARTBEAT.to_owned() };
    waiting.seen = waiting.seen.max(told.seq);
    waiting.over = is_over(&told);
    Some((text, waiting))
}

fn whole(response: Response<Body>) -> Response<StreamedBody> {
    response.map(|body| Full::new(Bytes::copy_from_slice(body.as_ref())).boxed_unsync())
}

#[cfg(test)]
mod tests {
    use super::STREAM_LASTS;
    use crate::operations::OPERATIONS;

    #[test]
    fn callers_are_told_how_long_a_stream_lasts() {
        assert_eq!(STREAM_LASTS.as_secs(), 5 * 60);
        let more = OPERATIONS[0].said.more;
        assert!(more.contains("five minutes") || more.contains("5 minutes"), "{more}");
    }
}
