//! The bus → people and machines: shows an approval wherever its connectors reach, as it is now; executes what was approved where the
//! gate does; calls back who wanted that.

mod resources;

pub use resources::Dispatch;

use app::Failure;
use app::deliver::call_back::call_back;
use app::deliver::deliver_approval::{Found, PostedBefore, deliver_approval, find_approval};
use app::deliver::execute_approval::execute_approval;
use domain::delivery::surface::CALLBACK;
use domain::{ApprovalId, Workspace};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::join;

/// The part of an event that `dispatch` reads.
///
/// INVARIANT 7: An event is a nudge. `dispatch` believes only its workspace and id, and shows what it reads. The number only says how fresh
/// that read must be.
#[derive(Deserialize)]
struct Nudge {
    #[serde(rename = "detail-type")]
    kind: String,
    detail: Subject,
}

#[derive(Deserialize)]
struct Subject {
    workspace: String,
    id: String,
    seq: Option<u64>,
}

/// Takes an event of the bus.
///
/// # Errors
/// The event cannot be read, or the table could not be asked: Lambda tries again twice and then keeps the event.
pub async fn handle(has: &Dispatch, event: Value) -> Result<Value, Failure> {
    let Dispatch { gate, couriers } = has;
    let unread = |why: &str| Failure::Internal(format!("an event that cannot be read: {why}"));
    let nudge: Nudge = serde_json::from_value(event).map_err(|e| unread(&e.to_string()))?;
    let workspace = Workspace::parse(&nudge.detail.workspace).ok_or_else(|| unread("workspace"))?;
    let id = ApprovalId::parse(&nudge.detail.id).ok_or_else(|| unread("id"))?;
    let posted =
        if nudge.kind == "approval.requested" { PostedBefore::No } else { PostedBefore::Perhaps(nudge.detail.seq) };
    let found = find_approval(gate, &workspace, &id, posted).await?;
    // The event of the approval follows: what the policy let through is done once.
    let twice = |found: &Found| posted == PostedBefore::No && found.approval.is_let_through();
    if let Some(found) = found.filter(|found| !twice(found)) {
        // At the same time, because a slow vendor must delay neither the execution nor the callback. On the heap, because together they are
        // too large for a small stack.
        let called =
            Box::pin(async { if found.is_told(CALLBACK) { Ok(()) } else { call_back(gate, &found.approval).await } });
        let delivered = Box::pin(deliver_approval(gate, couriers, &found));
        let executed = Box::pin(execute_approval(gate, couriers, &found.approval));
        let (delivered, executed, called) = join!(delivered, executed, called);
        delivered.and(executed).and(called)?;
    }
    Ok(json!({}))
}
