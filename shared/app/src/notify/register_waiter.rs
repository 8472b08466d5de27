//! Registers a WebSocket connection as a waiter. The stored waiter comes out of the table's stream and causes the first message, because
//! nothing can be posted before `$connect` has returned. A connection that is registered already gets the state from a read, which costs no
//! write, no stream record, no event and no other function.
//!
//! INVARIANT 12: A waiter is stored before the state is read, and a change is stored before its waiters are queried.

use crate::notify::await_decision::wait_answer_of;
use crate::notify::push_state::message;
use crate::{Failure, Keyed, noted};
use domain::secret::Label;
use domain::token::WaitToken;
use store::approvals::waiters::Waiter;

/// Registers a connection that has just been made for what a token belongs to.
///
/// # Errors
/// `TokenNotFound` for a token that is forged, garbled or of nothing.
pub async fn register_waiter(gate: &Keyed, connection: &str, token: &str) -> Result<(), Failure> {
    put(gate, connection, &read(gate, token)?).await
}

/// Registers a connection for what one token more belongs to. Where it is registered for that already, the state as a message.
///
/// # Errors
/// `TokenNotFound` for a token that is forged, garbled or of nothing.
pub async fn subscribe_waiter(gate: &Keyed, connection: &str, token: &str) -> Result<Option<String>, Failure> {
    let token = read(gate, token)?;
    let known = gate.store.get_waiter(token.id(), connection).await?;
    if known.is_none_or(|waiter| waiter.token_hash != token.hash()) {
        return put(gate, connection, &token).await.map(|()| None);
    }
    let found = gate.store.get_approval_by_token(token.id(), &token.hash()).await?;
    let approval = found.ok_or(Failure::TokenNotFound)?;
    Ok(Some(message(&approval.id, &wait_answer_of(gate, &approval).await?)))
}

fn read(gate: &Keyed, token: &str) -> Result<WaitToken, Failure> {
    let token = gate.wait_token(token)?;
    noted::id(token.id());
    Ok(token)
}

async fn put(gate: &Keyed, connection: &str, token: &WaitToken) -> Result<(), Failure> {
    if gate.root.key(Label::WaitToken, token.number()).is_none() {
        // Made under a secret that is retired: only the stored hash can say whether it is real.
        let known = gate.store.get_approval_by_token(token.id(), &token.hash()).await?;
        known.ok_or(Failure::TokenNotFound)?;
    }
    let (id, connection, token_hash) = (token.id().clone(), connection.to_owned(), token.hash());
    let waiter = Waiter { id, connection, token_hash, at: gate.clock.now(), put_off: 0 };
    Ok(gate.store.put_waiter(&waiter).await?)
}
