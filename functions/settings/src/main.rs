//! The wiring of `settings` on Lambda.

use settings::Settings;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    lambda::run::http(|has: Arc<Settings>, request| async move { settings::handle(&has, request).await }).await
}
