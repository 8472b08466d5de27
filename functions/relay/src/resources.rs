//! The resources of `relay`: all that this function may use, fetched when it starts.

use app::Gate;
use bus::Bus;
use lambda::{Environment, Function};

/// The resources of `relay`.
#[derive(Debug)]
pub struct Relay {
    /// The table, and all that every function has.
    pub gate: Gate,
    /// The bus.
    pub bus: Bus,
}

impl Function for Relay {
    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.gate(), bus: from.bus()? })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }
}
