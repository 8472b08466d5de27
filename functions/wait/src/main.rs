//! The wiring of `wait` on Lambda: one binary for both its functions, since the runtime must know at start whether it streams.

use lambda::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { root: true, ..Needs::default() };
    if lambda::streaming() {
        lambda::run::stream(needs, wait::stream).await
    } else {
        lambda::run::http(needs, |gate, request| async move { wait::handle(&gate, request).await }).await
    }
}
