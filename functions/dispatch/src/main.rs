//! The wiring of `dispatch` on Lambda.

use dispatch::Dispatch;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::run::events(|has: Arc<Dispatch>, event| async move { dispatch::handle(&has, event).await }).await
}
