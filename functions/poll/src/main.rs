//! The wiring of `poll` on Lambda.

use lambda::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { root: true, ..Needs::default() };
    lambda::run::http(needs, |gate, request| async move { poll::handle(&gate, request).await }).await
}
