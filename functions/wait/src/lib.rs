//! `GET /api/guard/wait?token=`: server-sent events, streamed where the address can stream, in bursts where a gateway buffers.
//!
//! The format is the `EventSource` of the HTML standard (§9.2): `event: state`, `id: <seq>`; a reconnect says the last id it saw.

mod burst;
mod event;
mod live;
mod opening;
pub mod operations;
mod resources;

pub use live::stream;
pub use resources::Wait;

use lambda_http::{Body, Request, Response};
use operations::ROUTES;

/// Answers a request in one burst.
pub async fn handle(has: &Wait, request: Request) -> Response<Body> {
    lambda::render(lambda::serve(&ROUTES, has, &request).await)
}
