//! The resources of `settings`: all that this function may use, fetched when it starts.

use app::{Bootstrap, Gate};
use lambda::{Environment, Function};

/// The resources of `settings`.
#[derive(Debug)]
pub struct Settings {
    /// The table, and all that every function has.
    pub gate: Gate,
    /// The secret that makes a workspace's first key; a laptop has none.
    pub bootstrap: Option<Bootstrap>,
}

impl Function for Settings {
    async fn fetch(from: &Environment) -> Result<Self, String> {
        Ok(Self { gate: from.gate(), bootstrap: Some(from.bootstrap().await?) })
    }

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn bootstrap(&self) -> Option<&Bootstrap> {
        self.bootstrap.as_ref()
    }
}
