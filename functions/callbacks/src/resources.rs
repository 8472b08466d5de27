//! The resources of `callbacks`: all that this function may use, fetched when it starts.

use app::gate::prove_secrets::RootSecrets;
use app::{Couriers, Deciding, Gate};
use lambda::{Environment, Function, Proof};

/// The resources of `callbacks`.
#[derive(Debug)]
pub struct Callbacks {
    /// The gate, with the root secret and the WebSocket connections for hints.
    pub gate: Deciding,
    /// The connectors' root secret.
    pub couriers: Couriers,
}

impl Function for Callbacks {
    const PROOFS: Proof = Proof::Compare;

    async fn fetch(from: &Environment) -> Result<Self, String> {
        let (gate, couriers) = tokio::try_join!(from.deciding(), from.couriers())?;
        Ok(Self { gate, couriers })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: Some(&self.gate.root), connectors: Some(&self.couriers.vault) }
    }
}
