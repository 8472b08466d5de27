//! The wiring of `slack` on Lambda.

use slack::Slack;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Slack>, request| async move { slack::handle(&has, request).await }).await
}
