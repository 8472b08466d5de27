//! In bursts, behind a gateway that buffers: the state at once on the first connection; on a reconnect, as soon as it moves.

use crate::event::{self, HEARTBEAT, RETRY, RETRY_LATER, state};
use crate::opening::{Opening, no_content, open};
use app::Keyed;
use app::notify::await_decision::{await_change, hold};
use domain::limits::HOLD_SEC;
use lambda::{Answer, Error};
use lambda_http::Request;
use std::time::Duration;

/// The longest time that a reconnect is held.
const HOLD: Duration = Duration::from_secs(HOLD_SEC);

pub(crate) async fn answer(gate: &Keyed, request: &Request) -> Result<Answer, Error> {
    let Some(Opening { token, now, seen }) = open(gate, request).await? else { return Ok(no_content()) };
    let (told, retry) = match seen {
        Some(seen) if now.seq <= seen => match hold(gate, &token)? {
            Some(held) => (await_change(gate, &token, Some(seen), held.at_most(HOLD)).await?, RETRY),
            None => (now, RETRY_LATER),
        },
        _ => (now, RETRY),
    };
    let news = seen.is_none_or(|seen| told.seq > seen);
    let text = if news { state(&told) } else { HEARTBEAT.to_owned() };
    Ok(event::answer(format!("{retry}{text}")))
}
