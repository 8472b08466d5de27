//! The wiring of `poll` on Lambda.

use poll::Poll;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Poll>, request| async move { poll::handle(&has, request).await }).await
}
