//! `POST /approvals/{approval_id}/resolve`: a person decides. Whoever asked may take it back.

mod cancel;
mod execution;

use app::decide::decide_approval::{Verdict, awaited, decide_approval};
use app::{Failure, Gate};
use domain::digest::Digest;
use domain::view::resolve_answer;
use domain::{ApprovalId, Fault, Faults, Role, limits};
use lambda::{Answer, Error, Route, only};
use lambda_http::{Body, Request, Response};
use serde_json::Value;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(decide(gate, &request).await)
}

async fn decide(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let Route { method, path } = lambda::route(request);
    match (method.as_str(), path.as_slice()) {
        ("POST", ["approvals", id, "resolve"]) => resolve(gate, request, id).await,
        ("POST", ["approvals", id, "cancel"]) => cancel::by_key(gate, request, id).await,
        ("POST", ["approvals", id, "execution"]) => execution::report(gate, request, id).await,
        ("POST", ["api", "guard", "cancel"]) => cancel::by_token(gate, request).await,
        _ => Err(Error::NoRoute),
    }
}

async fn resolve(gate: &Gate, request: &Request, id: &str) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    only(request, &[])?;
    let body = lambda::json(request)?;
    // An agent's key gets the same answer for what exists and what does not.
    let by = caller.must_be(&[Role::Approver, Role::Admin])?;
    let verdict = read(&body)?;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    let decided = decide_approval(gate, &caller.workspace, &id, by, &verdict).await?;
    let word = if verdict.approve { "approved" } else { "denied" };
    let waiting_for = awaited(gate, &decided.approval).await?;
    let seen = gate.see(&decided.approval).await?;
    Ok(Answer::json(200, &resolve_answer(&seen.approval, word, waiting_for, seen.at)))
}

fn read(body: &Value) -> Result<Verdict, Vec<Fault>> {
    let faults = Faults::default();
    let mut o = faults.object("", body);
    o.need("decision");
    let decision = o.one_of("decision", &["approved", "denied"]);
    let comment = o.text("comment").filter(|c| !c.is_empty());
    if comment.as_ref().is_some_and(|c| c.chars().count() > limits::WORDS) {
        o.fault("comment", limits::too_long(limits::WORDS));
    }
    let patch = o.object("modified_action").and_then(|_| o.get("modified_action")?.as_object().cloned());
    if decision == Some("denied") && patch.is_some() {
        o.fault("modified_action", "cannot come with a denial");
    }
    let seen = o.text("digest").map(|d| Digest::claimed(&d));
    faults.or(Verdict { approve: decision == Some("approved"), comment, seen, patch })
}
