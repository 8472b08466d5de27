//! The resources of `wait`: all that this function may use, fetched when it starts.

use app::{Gate, Keyed};
use lambda::{Environment, Function};

/// The resources of `wait`.
#[derive(Debug)]
pub struct Wait {
    /// The gate, with the root secret.
    pub gate: Keyed,
}

impl Function for Wait {
    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.keyed().await? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }
}
