//! `POST /approvals/{approval_id}/cancel` and `POST /api/guard/cancel`: whoever asked takes it back.

use app::decide::cancel_approval::{cancel_approval, cancel_by_token};
use app::{Failure, Gate};
use domain::fault::Object;
use domain::{ApprovalId, Fault, Faults, Role, limits};
use lambda::{Answer, Error, only};
use lambda_http::Request;
use serde_json::{Value, json};

/// As the agent that asked, or an admin. A body is not needed.
pub(crate) async fn by_key(gate: &Gate, request: &Request, id: &str) -> Result<Answer, Error> {
    let caller = lambda::caller(gate, request).await?;
    caller.must_be(&[Role::Agent, Role::Admin])?;
    only(request, &[])?;
    let body = if lambda::raw(request)?.is_empty() { json!({}) } else { lambda::json(request)? };
    let reason = read(&body, |_| ())?.1;
    let id = ApprovalId::parse(id).ok_or(Failure::NotFound("there is no such approval"))?;
    let cancelled = cancel_approval(gate, &caller, &id, reason).await?;
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
pub(crate) async fn by_token(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    only(request, &[])?;
    let (token, reason) = read(&lambda::json(request)?, |o| o.need_text("token", 1))?;
    Ok(Answer::json(200, &cancel_by_token(gate, &token, reason).await?))
}

/// What names the request, and the reason.
fn read<T>(body: &Value, name: impl FnOnce(&mut Object<'_>) -> T) -> Result<(T, Option<String>), Vec<Fault>> {
    let faults = Faults::default();
    let mut o = faults.object("", body);
    let named = name(&mut o);
    let reason = o.text("reason").filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > limits::WORDS) {
        o.fault("reason", limits::too_long(limits::WORDS));
    }
    faults.or((named, reason))
}
