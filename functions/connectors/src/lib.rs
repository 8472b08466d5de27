//! `/api/settings/approval-connectors…` (connectors-api.md): connectors, defaults, tests, activity, dead letters.

mod dead_letters;
mod defaults;
mod manage;
pub mod operations;
pub mod shapes;

use app::Gate;
use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, gate, &request).await)
}
