//! The resources of `dispatch`: all that this function may use, fetched when it starts.

use app::gate::prove_secrets::RootSecrets;
use app::{Couriers, Gate, Keyed};
use lambda::{Environment, Function, Proof};

/// The resources of `dispatch`.
#[derive(Debug)]
pub struct Dispatch {
    /// The gate, with the root secret.
    pub gate: Keyed,
    /// The connectors' root secret, and the deployment's Slack app.
    pub couriers: Couriers,
}

impl Function for Dispatch {
    const PROOFS: Proof = Proof::Compare;

    async fn fetch(from: &Environment) -> Result<Self, String> {
        let (gate, couriers) = tokio::try_join!(from.keyed(), from.couriers_with_slack())?;
        Ok(Self { gate, couriers })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: Some(&self.gate.root), connectors: Some(&self.couriers.vault) }
    }
}
