//! Settings of a workspace: its policy, its API keys, its agents' time limits.

mod agents;
mod keys;
pub mod operations;
mod policy;
mod resources;
pub mod shapes;

pub use resources::Settings;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Settings, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
