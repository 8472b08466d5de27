//! `POST /api/callbacks/{jira,pagerduty}/{connector_id}`: what people did at a vendor comes back.
//!
//! The id in the path only nominates a connector; the connector's own secret, over the raw body, is what is believed, and it fixes
//! workspace and connector. Whatever is wrong with id, connector or signature gets one answer. A repeat has no effect: deciding is
//! idempotent in the state machine, and an issue that was moved meanwhile is left where it is.

pub mod operations;
mod resources;
mod take;

pub use resources::Callbacks;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Callbacks, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
