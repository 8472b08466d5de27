//! The wiring of `callbacks` on Lambda.

use lambda::{Needs, Proof};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { root: true, vault: true, connections: true, proofs: Proof::Compare, ..Needs::default() };
    lambda::run::http(needs, |gate, request| async move { callbacks::handle(&gate, request).await }).await
}
