//! The wiring of `sweep` on Lambda.

use std::sync::Arc;
use sweep::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::run::events(|has: Arc<Sweep>, event| async move { sweep::handle(&has, event).await }).await
}
