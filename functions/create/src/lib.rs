//! `POST /api/guard/request`, `/api/guard/evaluate` and `/api/guard/rerequest`: an agent asks, finds out whether it would have to ask, and asks again.

mod ask;
pub mod operations;
mod resources;

pub use resources::Create;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Create, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
