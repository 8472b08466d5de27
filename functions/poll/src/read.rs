//! Reads for a caller: parse, one use case, render.

use app::look::list_approvals::{Listing, StatusFilter, list_approvals};
use app::look::read_approval::read_approval;
use app::memory::holds::ASK_AGAIN_SEC;
use app::notify::await_decision::{await_change, hold, is_over, read_decision};
use app::{Caller, Failure, Gate, Keyed};
use domain::approval::shapes::WAIT_REQUEST_INPUT;
use domain::{ApprovalId, Fault, Faults, limits};
use lambda::{Answer, Error, query};
use lambda_http::Request;
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) async fn health() -> Result<Answer, Error> {
    Ok(Answer::json(200, &json!({ "status": "ok" })))
}

pub(crate) async fn poll(gate: &Keyed, request: &Request) -> Result<Answer, Error> {
    let (token, seconds) = wait_input(&lambda::json(request)?)?;
    let first = read_decision(gate, &token).await?;
    if seconds == 0 || is_over(&first) {
        return Ok(Answer::json(200, &first));
    }
    let Some(held) = hold(gate, &token)? else {
        return Ok(Answer::json(200, &first).with("retry-after", ASK_AGAIN_SEC));
    };
    let longest = held.at_most(Duration::from_secs(seconds));
    Ok(Answer::json(200, &await_change(gate, &token, Some(first.seq), longest).await?))
}

/// `WaitRequestInput`, and how many seconds the answer may be held.
fn wait_input(body: &Value) -> Result<(String, u64), Vec<Fault>> {
    let faults = Faults::default();
    let given = WAIT_REQUEST_INPUT.read(body, &faults);
    faults.or((given.text("token").unwrap_or_default(), given.count("waitSec").unwrap_or(0)))
}

pub(crate) async fn list(gate: &Gate, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let page = list_approvals(gate, caller, &listing(request)).await?;
    Ok(Answer::json(200, &page))
}

pub(crate) async fn one(gate: &Gate, caller: &Caller, id: &str) -> Result<Answer, Error> {
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    Ok(Answer::json(200, &read_approval(gate, caller, &id).await?))
}

fn listing(request: &Request) -> Listing {
    let status = match query(request, "status") {
        Some("approved") => StatusFilter::Approved,
        Some("denied") => StatusFilter::Denied,
        Some("expired") => StatusFilter::Expired,
        _ => StatusFilter::Pending,
    };
    let limit = query(request, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(limits::APPROVALS_ON_A_PAGE.0);
    let text = |name: &str| query(request, name).filter(|text| !text.is_empty()).map(String::from);
    Listing { status, agent: text("agent"), task: text("task_id"), limit: limit as usize, cursor: text("cursor") }
}
