//! The resources of `console`: all that this function may use, fetched when it starts.

use app::gate::prove_secrets::RootSecrets;
use app::{Couriers, Deciding, Gate};
use bus::Bus;
use lambda::{Environment, Function, Proof};

/// The resources of `console`.
#[derive(Debug)]
pub struct Console {
    /// The gate, with the root secret and the WebSocket connections for hints.
    pub gate: Deciding,
    /// The connectors' root secret.
    pub couriers: Couriers,
    /// The bus.
    pub bus: Bus,
}

impl Function for Console {
    const PROOFS: Proof = Proof::Keep;

    async fn fetch(from: &Environment) -> Result<Self, String> {
        let (gate, couriers) = tokio::try_join!(from.deciding(), from.couriers())?;
        Ok(Self { gate, couriers, bus: from.bus()? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: Some(&self.gate.root), connectors: Some(&self.couriers.vault) }
    }
}
