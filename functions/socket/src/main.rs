//! The wiring of `socket` on Lambda.

use edge::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let needs = Needs { root: true, connections: true, ..Needs::default() };
    edge::run::events(needs, |gate, event| async move { socket::handle(&gate, event).await }).await
}
