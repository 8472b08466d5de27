//! Asks, and asks again: parse, one use case, render.

use app::ask::evaluate_request::evaluate_request;
use app::ask::re_request_approval::{AskingAgain, Once, re_request_approval};
use app::ask::request_approval::{Asking, request_approval};
use app::{Caller, Failure, Keyed};
use domain::approval::request::Ask;
use domain::limits;
use lambda::{Answer, Error, text_header, traceparent};
use lambda_http::Request;

pub(crate) async fn create(gate: &Keyed, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let body = lambda::json(request)?;
    let ask = Ask { traceparent: traceparent(request), ..Ask::read(&body)? };
    let asking = Asking { ask, body: lambda::raw(request)?, idempotency_key: idempotency_key(request)? };
    let asked = request_approval(gate, caller, asking).await?;
    Ok(Answer::json(200, &asked.answer).with_rate(asked.rate))
}

pub(crate) async fn create_again(gate: &Keyed, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let again = AskingAgain { traceparent: traceparent(request), ..AskingAgain::read(&lambda::json(request)?)? };
    let body = lambda::raw(request)?;
    let once = idempotency_key(request)?.map(|key| Once { key, body });
    let asked = re_request_approval(gate, caller, &again, once).await?;
    Ok(Answer::json(200, &asked.answer).with_rate(asked.rate))
}

pub(crate) async fn evaluate(gate: &Keyed, caller: &Caller, request: &Request) -> Result<Answer, Error> {
    let ask = Ask::read(&lambda::json(request)?)?;
    Ok(Answer::json(200, &evaluate_request(gate, caller, &ask).await?))
}

fn idempotency_key(request: &Request) -> Result<Option<&str>, Error> {
    let Some(key) = text_header(request, "idempotency-key")? else { return Ok(None) };
    // A space may stand inside; those around a header's value are no part of it (RFC 9110, section 5.5).
    let good = (1..=limits::IDEMPOTENCY_KEY).contains(&key.len())
        && key == key.trim()
        && key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let problem = || format!("must be 1 to {} visible ASCII characters", limits::IDEMPOTENCY_KEY);
    good.then_some(Some(key)).ok_or_else(|| Failure::invalid("Idempotency-Key", &problem()).into())
}
