//! `/api/settings/approval-connectors…` (`tests/contract/connectors-api.yaml`): connectors, defaults, tests, activity, dead letters.

mod dead_letters;
mod defaults;
mod manage;
pub mod operations;
mod resources;
pub mod shapes;

pub use resources::Connectors;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Connectors, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
