//! The wiring of `dispatch` on Lambda.

use lambda::{Needs, Proof};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let needs = Needs { slack: true, root: true, vault: true, proofs: Proof::Compare, ..Needs::default() };
    lambda::run::events(needs, |gate, event| async move { dispatch::handle(&gate, event).await }).await
}
