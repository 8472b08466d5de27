//! The resources of `create`: all that this function may use, fetched when it starts.

use app::gate::prove_secrets::RootSecrets;
use app::{Gate, Keyed};
use lambda::{Environment, Function, Proof};

/// The resources of `create`.
#[derive(Debug)]
pub struct Create {
    /// The gate, with the root secret.
    pub gate: Keyed,
}

impl Function for Create {
    const PROOFS: Proof = Proof::Keep;

    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.keyed().await? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: Some(&self.gate.root), connectors: None }
    }
}
