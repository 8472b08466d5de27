//! The wiring of `relay` on Lambda.

use lambda::Needs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let needs = Needs { bus: true, ..Needs::default() };
    lambda::run::events(needs, |gate, event| async move { relay::handle(&gate, event).await }).await
}
