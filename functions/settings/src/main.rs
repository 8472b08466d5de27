//! The wiring of `settings` on Lambda.

use lambda::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { bootstrap: true, ..Needs::default() };
    lambda::run::http(needs, |gate, request| async move { settings::handle(&gate, request).await }).await
}
