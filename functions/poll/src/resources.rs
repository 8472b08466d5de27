//! The resources of `poll`: all that this function may use, fetched when it starts.

use app::{Gate, Keyed};
use lambda::{Environment, Function};

/// The resources of `poll`.
#[derive(Debug)]
pub struct Poll {
    /// The gate, with the root secret.
    pub gate: Keyed,
}

impl Function for Poll {
    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.keyed().await? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }
}
