//! A WebSocket connection wants to be told: it is registered, and nothing else. The registration comes out of the table's stream and
//! causes the first message, since nothing can be posted before `$connect` has returned.

use crate::{Failure, Gate, noted};
use domain::secret::Label;
use domain::token::WaitToken;
use store::waiters::Waiter;

/// Registers a connection for what a token belongs to.
///
/// # Errors
/// `TokenNotFound` for a token that is forged, garbled or of nothing.
pub async fn register_waiter(gate: &Gate, connection: &str, token: &str) -> Result<(), Failure> {
    let token = WaitToken::parse(gate.root()?, token).ok_or(Failure::TokenNotFound)?;
    noted::id(token.id());
    if gate.root()?.key(Label::WaitToken, token.number()).is_none() {
        // Made under a secret that is retired: only the stored hash can say whether it is real.
        let known = gate.store.get_approval_by_token(token.id(), &token.hash()).await?;
        known.ok_or(Failure::TokenNotFound)?;
    }
    let (id, connection, token_hash) = (token.id().clone(), connection.to_owned(), token.hash());
    Ok(gate.store.put_waiter(&Waiter { id, connection, token_hash, at: gate.clock.now() }).await?)
}
