//! The wiring of `resolve` on Lambda.

use resolve::Resolve;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Resolve>, request| async move { resolve::handle(&has, request).await }).await
}
