//! Settings of a workspace: its policy, its API keys, its agents' time limits.

mod agents;
mod keys;
pub mod operations;
mod policy;
pub mod shapes;

use app::Gate;
use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, gate, &request).await)
}
