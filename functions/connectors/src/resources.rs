//! The resources of `connectors`: all that this function may use, fetched when it starts.

use app::gate::prove_secrets::RootSecrets;
use app::{Couriers, Gate};
use bus::Bus;
use lambda::{Environment, Function, Proof};

/// The resources of `connectors`.
#[derive(Debug)]
pub struct Connectors {
    /// The connectors' root secret.
    pub couriers: Couriers,
    /// The bus.
    pub bus: Bus,
}

impl Function for Connectors {
    const PROOFS: Proof = Proof::Keep;

    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { couriers: from.couriers().await?, bus: from.bus()? })
    }

    fn gate(&self) -> &Gate {
        &self.couriers
    }

    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: None, connectors: Some(&self.couriers.vault) }
    }
}
