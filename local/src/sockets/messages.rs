//! A message: to the function of its route, and what the function says back to the client.

use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::connection::Connection;
use super::count::One;
use super::routes::{FAILED, status};
use super::shared::Shared;

/// Handles one message of a connection; `_invoked` and `_slot` are given back at the end.
pub(super) async fn handle(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    text: Utf8Bytes,
    _invoked: One,
    _slot: OwnedSemaphorePermit,
) {
    if let Some(reply) = reply(&shared, &connection, &text).await
        && connection.reply(Bytes::from(reply)).await.is_err()
    {
        tracing::debug!(connection = connection.id, "a reply came too late");
    }
}

/// What the client is to read, if anything.
async fn reply(shared: &Shared, connection: &Connection, text: &str) -> Option<String> {
    let route = shared.routes.get().and_then(|routes| routes.of_message(text));
    let occasion = shared.occasion(connection, route.map_or("$default", |route| &route.key));
    let Some(route) = route else {
        return Some(occasion.complaint("Forbidden").to_string());
    };
    match route.invoke(occasion.message(&(shared.ids)(), text)).await {
        Err(sentence) => Some(occasion.complaint(sentence).to_string()),
        Ok(_) if !route.responds => None,
        Ok(answer) if status(&answer).is_none() => Some(occasion.complaint(FAILED).to_string()),
        Ok(answer) => match answer.get("body").and_then(Value::as_str) {
            Some(body) if body.len() > shared.limits.message => Some(occasion.complaint(FAILED).to_string()),
            body => body.filter(|body| !body.is_empty()).map(str::to_owned),
        },
    }
}
