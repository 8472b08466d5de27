//! `POST /api/slack/interactions`: people answer in Slack.
//!
//! The function believes nothing of the payload before it has verified the signature, and only the secret that verified the signature says
//! which app sent the payload. A message to the person goes back by `response_url`. A decision shows on the card, which `dispatch` updates.

use crate::resources::Slack;
use app::answer::slack::act::answer_in_slack;
use app::answer::slack::click::Reply;
use app::answer::slack::signed::{Signature, signed};
use app::{Failure, noted};
use lambda::{Answer, Error, header};
use lambda_http::Request;
use serde_json::json;
use vendors::slack::interaction::{Act, Posted, is_ssl_check, read};

pub(crate) async fn interact(has: &Slack, request: &Request) -> Result<Answer, Error> {
    let body = lambda::form(request)?;
    if is_ssl_check(body) {
        return Ok(Answer::empty(200));
    }
    let timestamp = header(request, "x-slack-request-timestamp");
    let signature = Signature { body, timestamp, signature: header(request, "x-slack-signature") };
    let read = read(body);
    let Some(signed) = signed(&has.couriers, signature, read.as_ref().ok()).await? else {
        return Err(Failure::invalid("X-Slack-Signature", "does not match, or is too old").into());
    };
    let interaction = match read.map_err(|problem| Failure::invalid("payload", &problem))? {
        Posted::Interaction(idle) if matches!(idle.acts, Act::Idle(_)) => return Ok(Answer::empty(200)),
        Posted::NotOurs => return Ok(Answer::empty(200)),
        Posted::Challenge(challenge) => return Ok(Answer::json(200, &json!({ "challenge": challenge }))),
        Posted::Interaction(interaction) => *interaction,
    };
    let (reply, failure) = answer_in_slack(&has.gate, &has.couriers, interaction, &signed).await;
    failure.iter().for_each(|failure| noted::code(lambda::code(failure)));
    Ok(match reply {
        Reply::Empty => Answer::empty(200),
        Reply::Form(faults) => Answer::json(200, &faults),
    })
}
