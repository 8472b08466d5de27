//! `POST /api/slack/interactions`: people answer in Slack.
//!
//! Nothing of the payload is believed before its signature is verified, and what verified it is the only thing that says whose it
//! is. What a person is told goes back by `response_url`; what they decided shows on the card, which `dispatch` draws anew.

mod has;
mod interact;
pub mod operations;
pub mod shapes;

pub use has::Slack;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Slack, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
