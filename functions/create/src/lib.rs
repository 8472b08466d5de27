//! `POST /api/guard/request`: an agent asks.

use app::Failure;
use app::Gate;
use app::request_approval::{Asking, request_approval};
use domain::request::Ask;
use edge::{Answer, Error, text_header};
use lambda_http::{Body, Request, Response};
use store::api_keys::Role;

/// The longest `Idempotency-Key`.
const MAX_KEY: usize = 255;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    edge::render(create(gate, &request).await)
}

async fn create(gate: &Gate, request: &Request) -> Result<Answer, Error> {
    let caller = edge::caller(gate, request).await?;
    caller.must_be(&[Role::Agent])?;
    let body = edge::json(request)?;
    let asking =
        Asking { ask: Ask::read(&body)?, body: edge::raw(request)?, idempotency_key: idempotency_key(request)? };
    let asked = request_approval(gate, &caller, asking).await?;
    let answer = Answer::json(200, &asked.answer);
    Ok(match asked.rate {
        None => answer,
        // draft-ietf-httpapi-ratelimit-headers: the quota, and what is left of it.
        Some((rate, left)) => answer
            .with("ratelimit-policy", format!("\"creates\";q={};w=60", rate.burst))
            .with("ratelimit", format!("\"creates\";r={left};t={}", rate.every_ms.unsigned_abs().div_ceil(1_000))),
    })
}

fn idempotency_key(request: &Request) -> Result<Option<&str>, Error> {
    let Some(key) = text_header(request, "idempotency-key")? else { return Ok(None) };
    let good = !key.trim().is_empty() && key.len() <= MAX_KEY;
    good.then_some(Some(key))
        .ok_or_else(|| Failure::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters").into())
}
