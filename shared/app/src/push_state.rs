//! Waiters on WebSockets learn: the state at once when they register, and at every change.
//!
//! A registration is written before the state is read, a change before its waiters are: whichever comes second sees the other, so
//! nobody misses a change. What the deciding function posts right after its write is a hint for speed, and may fail every time.

use crate::await_decision::told;
use crate::{Failure, Gate, noted};
use domain::view::WaitAnswer;
use domain::{Approval, ApprovalId};
use futures::future::join_all;
use serde_json::json;
use signals::connections::{Connections, MOST_MESSAGE_BYTES, Posted};
use std::time::Duration;
use store::waiters::Waiter;
use tokio::time::{Instant, sleep, timeout};

/// How long after a registration a connection may still be on its way: until `$connect` has returned, a post is answered 410.
const CONNECTING: Duration = Duration::from_secs(10);
/// The first pause before such a post is tried again; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest.
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// How long all hints of one change may take: the person who decided waits for them.
const HINTING: Duration = Duration::from_millis(300);
/// What a message leaves out that would be too large.
const OMITTED: [&str; 3] = ["decisionParams", "askedParams", "execution"];
/// Posts under way at once.
const AT_ONCE: usize = 64;

/// Tells everybody who waits for an approval how it stands.
///
/// # Errors
/// The table or the gateway could not be asked: the event is to be handed over again.
pub async fn push_state(gate: &Gate, id: &ApprovalId) -> Result<(), Failure> {
    let Some((approval, waiters)) = gate.store.get_approval_with_waiters(id).await? else { return Ok(()) };
    noted::approval(&approval);
    if waiters.is_empty() {
        return Ok(());
    }
    let posted = tell_all(gate, &approval, &waiters).await?;
    let gone = waiters.iter().zip(&posted).filter(|(_, posted)| matches!(posted, Ok(Posted::Gone)));
    let later: Vec<_> = gone.map(|(waiter, _)| tell_when_connected(gate, waiter, false)).collect();
    for outcome in join_all(later).await {
        outcome?;
    }
    posted.into_iter().try_for_each(|posted| posted.map(drop))
}

/// Tells a waiter that has just been registered how the approval stands.
///
/// # Errors
/// The table or the gateway could not be asked: the event is to be handed over again.
pub async fn greet_waiter(gate: &Gate, id: &ApprovalId, connection: &str) -> Result<(), Failure> {
    match gate.store.get_approval_with_waiters(id).await? {
        Some((approval, waiters)) => {
            noted::approval(&approval);
            let Some(waiter) = waiters.iter().find(|w| w.connection == connection) else { return Ok(()) };
            let answer = told(gate, &approval).await?;
            match tell(gate, &approval, &answer, waiter, true).await? {
                Posted::Gone => tell_when_connected(gate, waiter, true).await,
                Posted::Taken | Posted::Overtaken => Ok(()),
            }
        }
        None => {
            let text = json!({ "event": "error", "requestId": id, "code": "TOKEN_NOT_FOUND",
                "error": "No request belongs to this token." });
            say_when_connected(gate, connection, &text.to_string()).await
        }
    }
}

/// A connection that is not there: still on its way, where it was registered a moment ago, else gone and forgotten. What is told is
/// read anew each time.
async fn tell_when_connected(gate: &Gate, waiter: &Waiter, again: bool) -> Result<(), Failure> {
    let age = Duration::try_from(gate.clock.now().duration_since(waiter.at)).unwrap_or_default();
    let until = Instant::now() + CONNECTING.saturating_sub(age);
    let mut pause = FIRST_PAUSE;
    while Instant::now() < until {
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
        let found = gate.store.get_approval_by_token(&waiter.id, &waiter.token_hash).await?;
        let Some(approval) = found else { return Ok(()) };
        let answer = told(gate, &approval).await?;
        if tell(gate, &approval, &answer, waiter, again).await? != Posted::Gone {
            return Ok(());
        }
    }
    Ok(gate.store.delete_waiter(waiter).await?)
}

/// Says something to a connection that may still be on its way.
async fn say_when_connected(gate: &Gate, connection: &str, text: &str) -> Result<(), Failure> {
    let until = Instant::now() + CONNECTING;
    let mut pause = FIRST_PAUSE;
    while must_have(gate)?.send(connection, text.to_owned()).await? == Posted::Gone && Instant::now() < until {
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
    Ok(())
}

/// Posts to whoever was waiting when the approval was read, without a care for what comes of it.
pub(crate) async fn hint(gate: &Gate, approval: &Approval, waiters: &[Waiter]) {
    if !gate.hints || gate.connections.is_none() || waiters.is_empty() {
        return;
    }
    match timeout(HINTING, tell_all(gate, approval, waiters)).await {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => tracing::debug!(approval = %approval.id, %why, "nobody could be hinted"),
        Err(_) => tracing::debug!(approval = %approval.id, "hints took too long"),
    }
}

/// What came of it for each waiter, so many at once.
async fn tell_all(
    gate: &Gate,
    approval: &Approval,
    waiters: &[Waiter],
) -> Result<Vec<Result<Posted, Failure>>, Failure> {
    let answer = told(gate, approval).await?;
    let mut posted = Vec::with_capacity(waiters.len());
    for some in waiters.chunks(AT_ONCE) {
        let posts: Vec<_> = some.iter().map(|waiter| tell(gate, approval, &answer, waiter, false)).collect();
        posted.extend(join_all(posts).await);
    }
    Ok(posted)
}

async fn tell(
    gate: &Gate,
    approval: &Approval,
    answer: &WaitAnswer,
    waiter: &Waiter,
    again: bool,
) -> Result<Posted, Failure> {
    // Only who holds the token is told.
    if waiter.token_hash != approval.token_hash {
        return Ok(Posted::Overtaken);
    }
    let text = message(&approval.id, answer);
    Ok(must_have(gate)?.post(&waiter.connection, approval.id.as_str(), answer.seq, again, text).await?)
}

fn must_have(gate: &Gate) -> Result<&Connections, Failure> {
    gate.connections.as_ref().ok_or_else(|| Failure::missing("the WebSocket API"))
}

/// A state as a message. Parameters too large for one are left out, and the message says so: they are had by polling.
fn message(id: &ApprovalId, answer: &WaitAnswer) -> String {
    let mut data = serde_json::to_value(answer).unwrap_or_default();
    let whole = json!({ "event": "state", "requestId": id, "data": data }).to_string();
    if whole.len() <= MOST_MESSAGE_BYTES {
        return whole;
    }
    for large in OMITTED {
        data.as_object_mut().map(|fields| fields.remove(large));
    }
    json!({ "event": "state", "requestId": id, "data": data, "omitted": OMITTED }).to_string()
}
