//! The wiring of `approval-connectors` on Lambda.

use edge::{Needs, Proof};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let needs = Needs { vault: true, bus: true, proofs: Proof::Keep, ..Needs::default() };
    edge::run::http(needs, |gate, request| async move { approval_connectors::handle(&gate, request).await }).await
}
