//! Takes what Jira and PagerDuty send: verify, parse, one use case.

use crate::resources::Callbacks;
use app::Failure;
use app::answer::callbacks::Called;
use app::answer::jira::answer_in_jira;
use app::answer::pagerduty::heed_pagerduty;
use lambda::{Answer, Error};
use lambda_http::Request;
use vendors::connector::Kind;
use vendors::{jira, pagerduty};

pub(crate) async fn from_jira(has: &Callbacks, request: &Request, id: &str) -> Result<Answer, Error> {
    use jira::callback::{SIGNATURE, read, verify};
    let (called, body) = signed(has, request, (Kind::Jira, id), SIGNATURE, verify).await?;
    let callback = read(body, has.gate.clock.now()).map_err(unreadable)?;
    answer_in_jira(&has.gate, &has.couriers, &called, &callback).await?;
    Ok(Answer::empty(200))
}

pub(crate) async fn from_pagerduty(has: &Callbacks, request: &Request, id: &str) -> Result<Answer, Error> {
    use pagerduty::callback::{SIGNATURE, read, verify};
    let (called, body) = signed(has, request, (Kind::Pagerduty, id), SIGNATURE, verify).await?;
    let callback = read(body).map_err(unreadable)?;
    heed_pagerduty(&has.gate, &has.couriers, &called, &callback).await?;
    Ok(Answer::empty(200))
}

/// The connector whose secret verified the body, and the body; nothing of it was read before.
async fn signed<'r>(
    has: &Callbacks,
    request: &'r Request,
    (kind, id): (Kind, &str),
    header: &str,
    verify: impl Fn(&str, &str, &[u8]) -> bool,
) -> Result<(Called, &'r [u8]), Error> {
    let body = lambda::callback(request)?;
    let called = match lambda::header(request, header) {
        Some(signature) => {
            has.couriers.called(kind, id).await?.filter(|called| verify(called.secret(), signature, body))
        }
        None => None,
    };
    let called = called.ok_or_else(|| Failure::invalid(header, "does not match"))?;
    Ok((called, body))
}

/// Only a caller with a valid signature gets this answer.
fn unreadable(problem: String) -> Failure {
    Failure::invalid("payload", &problem)
}
