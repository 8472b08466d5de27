//! The wiring of `relay` on Lambda.

use relay::Relay;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::run::events(|has: Arc<Relay>, event| async move { relay::handle(&has, event).await }).await
}
