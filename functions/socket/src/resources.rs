//! The resources of `socket`: all that this function may use, fetched when it starts.

use app::{Gate, Keyed};
use lambda::{Environment, Function};
use sockets::Connections;

/// The resources of `socket`.
#[derive(Debug)]
pub struct Socket {
    /// The gate, with the root secret.
    pub gate: Keyed,
    /// The WebSocket connections.
    pub connections: Connections,
}

impl Function for Socket {
    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.keyed().await?, connections: from.connections()? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }
}
