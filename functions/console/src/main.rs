//! The wiring of `console` on Lambda.

use console::Console;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Console>, request| async move { console::handle(&has, request).await }).await
}
