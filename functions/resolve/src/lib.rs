//! `POST /approvals/{approval_id}/resolve`: a person decides. Whoever asked may take it back.

mod cancel;
mod decide;
mod execution;
pub mod operations;

use app::Gate;
use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, gate, &request).await)
}
