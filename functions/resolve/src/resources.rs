//! The resources of `resolve`: all that this function may use, fetched when it starts.

use app::gate::prove_secrets::RootSecrets;
use app::{Deciding, Gate};
use lambda::{Environment, Function, Proof};

/// The resources of `resolve`.
#[derive(Debug)]
pub struct Resolve {
    /// The gate, with the root secret and the WebSocket connections for hints.
    pub gate: Deciding,
}

impl Function for Resolve {
    const PROOFS: Proof = Proof::Compare;

    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.deciding().await? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: Some(&self.gate.root), connectors: None }
    }
}
