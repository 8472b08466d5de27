//! The wiring of `socket` on Lambda.

use lambda::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let needs = Needs { root: true, connections: true, ..Needs::default() };
    lambda::run::events(needs, |gate, event| async move { socket::handle(&gate, event).await }).await
}
