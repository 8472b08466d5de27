//! Waiters on WebSockets learn: the state at once when they register, and at every change.
//!
//! A registration is written before the state is read, a change before its waiters are: whichever comes second sees the other, so
//! nobody misses a change. What the deciding function posts right after its write is a hint for speed, and may fail every time.

use crate::notify::await_decision::wait_answer_of;
use crate::{Deciding, Failure, Gate, Keyed, noted};
use domain::view::WaitAnswer;
use domain::{Approval, ApprovalId};
use futures::future::{join_all, try_join_all};
use jiff::SignedDuration;
use serde_json::json;
use sockets::{Connections, MOST_MESSAGE_BYTES, Posted};
use std::time::Duration;
use store::approvals::waiters::Waiter;
use tokio::time::timeout;

/// How long after a registration a connection may still be on its way: until `$connect` has returned, a post is answered 410.
const CONNECTING: SignedDuration = SignedDuration::from_secs(10);
/// How often such a waiter is put off. Each time it comes out of the stream again, which takes some 300 ms on AWS.
const MOST_PUT_OFF: u64 = 8;
/// How long all hints of one change may take: the person who decided waits for them.
const HINTING: Duration = Duration::from_millis(300);
/// What a message leaves out that would be too large.
const OMITTED: [&str; 3] = ["decisionParams", "askedParams", "execution"];
/// Posts under way at once.
const AT_ONCE: usize = 64;

/// Sends the state of an approval to all its waiters. After an error the event must be handed over again.
pub async fn push_state(gate: &Keyed, connections: &Connections, id: &ApprovalId) -> Result<(), Failure> {
    let Some((approval, waiters)) = gate.store.get_approval_with_waiters(id).await? else { return Ok(()) };
    noted::approval(&approval);
    if waiters.is_empty() {
        return Ok(());
    }
    let posted = tell_all(gate, connections, &approval, &waiters).await?;
    let gone = waiters.iter().zip(&posted).filter(|(_, posted)| matches!(posted, Ok(Posted::Gone)));
    let more = approval.status.is_open();
    try_join_all(gone.map(|(waiter, _)| put_off_or_forget(gate, waiter, more))).await?;
    posted.into_iter().try_for_each(|posted| posted.map(drop))
}

/// Sends the state of an approval to a waiter that has just been registered. After an error the event must be handed over again.
pub async fn greet_waiter(
    gate: &Keyed,
    connections: &Connections,
    id: &ApprovalId,
    connection: &str,
) -> Result<(), Failure> {
    match gate.store.get_approval_with_waiters(id).await? {
        Some((approval, waiters)) => {
            noted::approval(&approval);
            let Some(waiter) = waiters.iter().find(|w| w.connection == connection) else { return Ok(()) };
            let answer = wait_answer_of(gate, &approval).await?;
            match tell(connections, &approval, &answer, waiter, true).await? {
                Posted::Gone => put_off_or_forget(gate, waiter, approval.status.is_open()).await,
                Posted::Taken | Posted::Overtaken => Ok(()),
            }
        }
        None => {
            let Some(waiter) = gate.store.get_waiter(id, connection).await? else { return Ok(()) };
            let text = json!({ "event": "error", "requestId": id, "code": "TOKEN_NOT_FOUND",
                "error": "No request belongs to this token." });
            match connections.send(connection, text.to_string()).await? {
                Posted::Gone => put_off_or_forget(gate, &waiter, false).await,
                Posted::Taken | Posted::Overtaken => Ok(gate.store.delete_waiter(&waiter).await?),
            }
        }
    }
}

/// The gateway has no connection for this waiter. There are four cases:
///
/// - The waiter registered a moment ago, so the connection may still be opening. The waiter's count of attempts is raised in the table;
///   this write comes out of the stream and brings the greeting again. No instance of `push` waits meanwhile.
/// - The count has reached its limit, and `more` changes of the approval will come: nothing is done, because the next change tries again.
/// - The count has reached its limit, and no change will come: the invocation fails, and is repeated with growing pauses.
/// - The waiter is older: the connection is closed, and the waiter is deleted.
async fn put_off_or_forget(gate: &Gate, waiter: &Waiter, more: bool) -> Result<(), Failure> {
    let young = gate.clock.now().duration_since(waiter.at) < CONNECTING;
    match young {
        true if waiter.put_off < MOST_PUT_OFF => Ok(gate.store.put_off_waiter(waiter).await?),
        true if more => Ok(()),
        true => Err(Failure::Internal("a connection is not there yet, and no change will come to find it".into())),
        false => Ok(gate.store.delete_waiter(waiter).await?),
    }
}

/// Posts to the connections that were waiting when the approval was read. Failures are ignored, because a hint may fail every time.
pub(crate) async fn hint(gate: &Deciding, approval: &Approval, waiters: &[Waiter]) {
    let Some(connections) = gate.hints.as_ref().filter(|_| !waiters.is_empty()) else { return };
    match timeout(HINTING, tell_all(gate, connections, approval, waiters)).await {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => tracing::debug!(approval = %approval.id, %why, "nobody could be hinted"),
        Err(_) => tracing::debug!(approval = %approval.id, "hints took too long"),
    }
}

/// What came of it for each waiter, so many at once.
async fn tell_all(
    gate: &Keyed,
    connections: &Connections,
    approval: &Approval,
    waiters: &[Waiter],
) -> Result<Vec<Result<Posted, Failure>>, Failure> {
    let answer = wait_answer_of(gate, approval).await?;
    let mut posted = Vec::with_capacity(waiters.len());
    for some in waiters.chunks(AT_ONCE) {
        let posts: Vec<_> = some.iter().map(|waiter| tell(connections, approval, &answer, waiter, false)).collect();
        posted.extend(join_all(posts).await);
    }
    Ok(posted)
}

async fn tell(
    connections: &Connections,
    approval: &Approval,
    answer: &WaitAnswer,
    waiter: &Waiter,
    again: bool,
) -> Result<Posted, Failure> {
    // Only a waiter with the token of this approval gets its state.
    if waiter.token_hash != approval.token_hash {
        return Ok(Posted::Overtaken);
    }
    let text = message(&approval.id, answer);
    Ok(connections.post(&waiter.connection, approval.id.as_str(), answer.seq, again, text).await?)
}

/// Closes a connection. `api` is the id of its WebSocket API, which a function behind that API cannot be given.
pub async fn close_connection(connections: &Connections, connection: &str, api: &str) -> Result<(), Failure> {
    Ok(connections.close(connection, api).await?)
}

/// A state as a message. Parameters too large for one are left out, and the message says so: they are had by polling.
pub(crate) fn message(id: &ApprovalId, answer: &WaitAnswer) -> String {
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
