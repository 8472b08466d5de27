//! The wiring of `create` on Lambda.

use create::Create;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Create>, request| async move { create::handle(&has, request).await }).await
}
