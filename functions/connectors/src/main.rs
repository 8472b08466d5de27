//! The wiring of `connectors` on Lambda.

use connectors::Connectors;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Connectors>, request| async move { connectors::handle(&has, request).await }).await
}
