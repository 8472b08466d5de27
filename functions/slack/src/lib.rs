//! `POST /api/slack/interactions`: people answer in Slack.
//!
//! The function believes nothing of the payload before it has verified the signature, and only the secret that verified the signature says
//! which app sent the payload. A message to the person goes back by `response_url`. A decision shows on the card, which `dispatch` updates.

mod interact;
pub mod operations;
mod resources;
pub mod shapes;

pub use resources::Slack;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Slack, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
