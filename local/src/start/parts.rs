//! The parts that every function of the host is made of. All share one memory, as if they were one process of one function.

use ::bus::Bus;
use ::sockets::Connections;
use app::gate::prove_secrets::RootSecrets;
use app::{Couriers, Deciding, Gate, Keyed};
use std::ops::Deref;

/// One set of parts.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The gate, with the root secret, and the connections for hints.
    pub gate: Deciding,
    /// The connectors' root secret, and the deployment's Slack app.
    pub couriers: Couriers,
    /// The bus.
    pub bus: Bus,
    /// The WebSocket connections.
    pub connections: Connections,
}

impl Parts {
    /// The root secrets that are proven when the host starts.
    pub fn root_secrets(&self) -> RootSecrets<'_> {
        RootSecrets { root: Some(&self.gate.root), connectors: Some(&self.couriers.vault) }
    }

    fn bare(&self) -> Gate {
        Gate::clone(&self.gate)
    }

    fn keyed(&self) -> Keyed {
        Keyed::clone(&self.gate)
    }
}

impl Deref for Parts {
    type Target = Deciding;

    fn deref(&self) -> &Deciding {
        &self.gate
    }
}

/// How a function is made of the parts.
macro_rules! made {
    ($function:ty, $parts:ident => { $($field:ident: $part:expr),* }) => {
        impl From<&Parts> for $function {
            fn from($parts: &Parts) -> Self {
                Self { $($field: $part),* }
            }
        }
    };
}

made!(create::Create, parts => { gate: parts.keyed() });
made!(poll::Poll, parts => { gate: parts.keyed() });
made!(wait::Wait, parts => { gate: parts.keyed() });
made!(resolve::Resolve, parts => { gate: parts.gate.clone() });
made!(slack::Slack, parts => { gate: parts.gate.clone(), couriers: parts.couriers.clone() });
made!(callbacks::Callbacks, parts => { gate: parts.gate.clone(), couriers: parts.couriers.clone() });
made!(relay::Relay, parts => { gate: parts.bare(), bus: parts.bus.clone() });
made!(dispatch::Dispatch, parts => { gate: parts.keyed(), couriers: parts.couriers.clone() });
made!(connectors::Connectors, parts => { couriers: parts.couriers.clone(), bus: parts.bus.clone() });
made!(console::Console, parts => {
    gate: parts.gate.clone(), couriers: parts.couriers.clone(), bus: parts.bus.clone()
});
made!(sweep::Sweep, parts => { gate: parts.bare(), bus: parts.bus.clone() });
made!(socket::Socket, parts => { gate: parts.keyed(), connections: parts.connections.clone() });
made!(push::Push, parts => { gate: parts.keyed(), connections: parts.connections.clone() });
// A laptop has no bootstrap secret: the host makes the first keys.
made!(settings::Settings, parts => { gate: parts.bare(), bootstrap: None });
