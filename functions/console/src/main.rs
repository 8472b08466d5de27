//! The wiring of `console` on Lambda.

use lambda::{Needs, Proof};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs =
        Needs { root: true, vault: true, bus: true, connections: true, proofs: Proof::Keep, ..Needs::default() };
    lambda::run::http(needs, |gate, request| async move { console::handle(&gate, request).await }).await
}
