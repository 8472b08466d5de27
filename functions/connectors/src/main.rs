//! The wiring of `connectors` on Lambda.

use lambda::{Needs, Proof};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { vault: true, bus: true, proofs: Proof::Keep, ..Needs::default() };
    lambda::run::http(needs, |gate, request| async move { connectors::handle(&gate, request).await }).await
}
