//! The wiring of `callbacks` on Lambda.

use callbacks::Callbacks;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Callbacks>, request| async move { callbacks::handle(&has, request).await }).await
}
