//! `POST /approvals/{approval_id}/cancel` and `POST /api/guard/cancel`: the agent, an admin or the token's holder cancels the request.

use app::decide::cancel_approval::{cancel_approval, cancel_by_token};
use app::{Caller, Deciding, Failure};
use domain::approval::shapes::{CANCEL_INPUT, CANCEL_REQUEST_INPUT};
use domain::shape::Shape;
use domain::{ApprovalId, Fault, Faults};
use lambda::{Answer, Error};
use lambda_http::Request;
use serde_json::{Value, json};

/// As the agent that asked, or an admin. A body is not needed.
pub(crate) async fn by_key(gate: &Deciding, caller: &Caller, request: &Request, id: &str) -> Result<Answer, Error> {
    let body = if lambda::raw(request)?.is_empty() { json!({}) } else { lambda::json(request)? };
    let (_, reason) = read(&CANCEL_INPUT, &body)?;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    let cancelled = cancel_approval(gate, caller, &id, reason).await?;
    let now = gate.clock.now();
    Ok(Answer::json(
        200,
        &json!({
            "approval_id": cancelled.id,
            "status": "denied",
            "denial_reason": cancelled.reason_code_at(now),
            "resolved_at": cancelled.decided_at_or_deadline(now),
        }),
    ))
}

/// As the holder of the wait token.
pub(crate) async fn by_token(gate: &Deciding, request: &Request) -> Result<Answer, Error> {
    let (token, reason) = read(&CANCEL_REQUEST_INPUT, &lambda::json(request)?)?;
    Ok(Answer::json(200, &cancel_by_token(gate, &token, reason).await?))
}

/// The token, where the shape has one, and the reason.
fn read(shape: &Shape, body: &Value) -> Result<(String, Option<String>), Vec<Fault>> {
    let faults = Faults::default();
    let given = shape.read(body, &faults);
    let reason = given.text("reason").filter(|reason| !reason.is_empty());
    faults.or((given.text("token").unwrap_or_default(), reason))
}
