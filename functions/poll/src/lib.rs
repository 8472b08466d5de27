//! Reading: the agent's poll, the inbox's list and one approval, whether the gate is alive, and what its API is.

mod openapi;

use app::look::list_approvals::{Listing, StatusFilter, list_approvals};
use app::look::read_approval::read_approval;
use app::memory::holds::ASK_AGAIN_SEC;
use app::notify::await_decision::{await_change, hold, is_over, read_decision};
use app::{Failure, Gate};
use domain::{ApprovalId, Fault, Faults, limits};
use lambda::{Answer, Error, Route, only, query, strange};
use lambda_http::{Body, Request, Response};
use serde_json::{Value, json};
use std::time::Duration;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(read(gate, &request).await)
}

async fn read(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let Route { method, path } = lambda::route(request);
    match (method.as_str(), path.as_slice()) {
        ("GET", ["healthz"]) => only(request, &[]).map(|()| Answer::json(200, &json!({ "status": "ok" }))),
        ("GET", ["openapi.json"]) => only(request, &[]).map(|()| openapi::document(request)),
        ("POST", ["api", "guard", "wait"]) => poll(gate, request).await,
        ("GET", ["approvals"]) => list(gate, request).await,
        ("GET", ["approvals", id]) => one(gate, request, id).await,
        _ => Err(Error::NoRoute),
    }
}

async fn poll(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    only(request, &[])?;
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
    let mut o = faults.object("", body);
    let (token, hold) = (o.need_text("token", 1), o.count("waitSec", 0, limits::HOLD_SEC).unwrap_or(0));
    faults.or((token, hold))
}

async fn list(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    let page = list_approvals(gate, &caller, &listing(request)?).await?;
    Ok(Answer::json(200, &page))
}

async fn one(gate: &Gate, request: &Request, id: &str) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    only(request, &[])?;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    Ok(Answer::json(200, &read_approval(gate, &caller, &id).await?))
}

fn listing(request: &Request) -> Result<Listing, Error> {
    let faults = Faults::default();
    strange(request, &["status", "agent", "task_id", "limit", "cursor"], &faults);
    let status = match query(request, "status").unwrap_or("pending") {
        "pending" => StatusFilter::Pending,
        "approved" => StatusFilter::Approved,
        "denied" => StatusFilter::Denied,
        "expired" => StatusFilter::Expired,
        _ => {
            faults.add("status", "must be one of pending, approved, denied, expired");
            StatusFilter::Pending
        }
    };
    let limit = match query(request, "limit") {
        None => limits::APPROVALS_ON_A_PAGE.0,
        Some(text) => {
            text.parse().ok().filter(|n| (1..=limits::APPROVALS_ON_A_PAGE.1).contains(n)).unwrap_or_else(|| {
                faults.add("limit", format!("must be a whole number between 1 and {}", limits::APPROVALS_ON_A_PAGE.1));
                limits::APPROVALS_ON_A_PAGE.0
            })
        }
    };
    let text = |name: &str| query(request, name).filter(|v| !v.is_empty()).map(String::from);
    let (agent, task) = (text("agent"), text("task_id"));
    for (name, filter) in [("agent", &agent), ("task_id", &task)] {
        if filter.as_ref().is_some_and(|text| text.chars().count() > limits::NAME) {
            faults.add(name, limits::too_long(limits::NAME));
        }
    }
    let listing = Listing { status, agent, task, limit: limit as usize, cursor: text("cursor") };
    Ok(faults.or(listing)?)
}
