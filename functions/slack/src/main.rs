//! The wiring of `slack` on Lambda.

use lambda::{Needs, Proof};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs =
        Needs { root: true, slack: true, vault: true, connections: true, proofs: Proof::Compare, ..Needs::default() };
    lambda::run::http(needs, |gate, request| async move { slack::handle(&gate, request).await }).await
}
