//! `POST /approvals/{approval_id}/resolve`: a person decides. The agent, an admin or the token's holder may cancel the request.

mod cancel;
mod decide;
mod execution;
pub mod operations;
mod resources;

pub use resources::Resolve;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Resolve, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
