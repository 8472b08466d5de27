//! The wiring of `settings` on Lambda.

use edge::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { bootstrap: true, ..Needs::default() };
    edge::run::http(needs, |gate, request| async move { settings::handle(&gate, request).await }).await
}
