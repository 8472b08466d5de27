//! The console: pages for people with a key. They look, decide, and keep the settings; a GET changes nothing.

mod approval;
mod decide;
mod inbox;
pub mod operations;
mod overview;
mod page;
mod resources;
mod serve;
mod session;
mod settings;
mod sign_in;
mod visit;

pub use resources::Console;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request.
pub async fn handle(has: &Console, request: Request) -> Response<Body> {
    let served = lambda::serve(&ROUTES, has, &request).await;
    served.unwrap_or_else(page::problem).into_response()
}
