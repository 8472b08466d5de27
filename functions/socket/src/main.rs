//! The wiring of `socket` on Lambda.

use socket::Socket;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda::run::events(|has: Arc<Socket>, event| async move { socket::handle(&has, event).await }).await
}
