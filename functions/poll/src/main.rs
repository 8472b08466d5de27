//! The wiring of `poll` on Lambda.

use edge::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { root: true, ..Needs::default() };
    edge::run::http(needs, |gate, request| async move { poll::handle(&gate, request).await }).await
}
