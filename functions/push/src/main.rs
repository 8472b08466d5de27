//! The wiring of `push` on Lambda.

use push::Push;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::run::events(|has: Arc<Push>, event| async move { push::handle(&has, event).await }).await
}
