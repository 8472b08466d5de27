//! The wiring of `wait` on Lambda: one binary for both its functions, since the runtime must know at start whether it streams.

use std::sync::Arc;
use wait::Wait;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    if lambda::streaming() {
        lambda::run::stream(wait::stream).await
    } else {
        lambda::run::http(|has: Arc<Wait>, request| async move { wait::handle(&has, request).await }).await
    }
}
