//! Reading: the agent's poll, the inbox's list and one approval, whether the gate is alive, and what its API is.

mod openapi;
pub mod operations;
mod read;

use app::Gate;
use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, gate, &request).await)
}
