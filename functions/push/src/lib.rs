//! The bus → WebSocket connections: sends an approval's change to all its waiters, and the state to a new waiter.

mod resources;

pub use resources::Push;

use app::Failure;
use app::notify::push_state::{greet_waiter, push_state};
use app::publish::publish_changes::WAITER_REGISTERED;
use domain::ApprovalId;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is needed of an event; what it says of the approval may be old.
#[derive(Deserialize)]
struct Nudge {
    #[serde(rename = "detail-type")]
    kind: String,
    detail: Subject,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
    connection: Option<String>,
}

/// Takes an event of the bus.
///
/// # Errors
/// The event cannot be read, or the table or the gateway could not be asked: Lambda tries again twice and then keeps the event.
pub async fn handle(has: &Push, event: Value) -> Result<Value, Failure> {
    let Push { gate, connections } = has;
    let unread = |why: &str| Failure::Internal(format!("an event that cannot be read: {why}"));
    let nudge: Nudge = serde_json::from_value(event).map_err(|e| unread(&e.to_string()))?;
    let id = ApprovalId::parse(&nudge.detail.id).ok_or_else(|| unread("id"))?;
    match (nudge.kind.as_str(), nudge.detail.connection) {
        (WAITER_REGISTERED, Some(connection)) => greet_waiter(gate, connections, &id, &connection).await?,
        (WAITER_REGISTERED, None) => return Err(unread("connection")),
        _ => push_state(gate, connections, &id).await?,
    }
    Ok(json!({}))
}
