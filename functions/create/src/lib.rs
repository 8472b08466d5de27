//! `POST /api/guard/request` and `/api/guard/rerequest`: an agent asks, and asks again.

mod ask;
pub mod operations;

use app::Gate;
use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(gate: &Gate, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, gate, &request).await)
}
