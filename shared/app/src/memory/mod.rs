//! What one process remembers, forgotten with it: caches that are a few seconds old at most, and what is counted or held here alone. It reads
//! nothing by itself; nothing in here knows the gate.

pub(crate) mod agents;
pub mod changes;
pub(crate) mod connectors;
pub mod holds;
pub mod issuers;
pub mod message_rates;
pub(crate) mod policies;
pub mod sweeps;

use agents::AgentCache;
use changes::Changes;
use connectors::ConnectorCache;
use holds::Holds;
use issuers::Issuers;
use message_rates::MessageRates;
use policies::PolicyCache;
use std::sync::OnceLock;
use sweeps::Sweeps;

/// All that one process remembers.
#[derive(Debug, Default)]
pub struct Memory {
    /// The API's id, which the first request carries.
    pub api: OnceLock<String>,
    /// How fast WebSocket connections send.
    pub messages: MessageRates,
    /// Parsed policies.
    pub(crate) policies: PolicyCache,
    /// Agents' settings.
    pub(crate) agents: AgentCache,
    pub(crate) connectors: ConnectorCache,
    /// Who waits in this process.
    pub(crate) changes: Changes,
    /// Answers that are held.
    pub(crate) holds: Holds,
    /// What sweeps remember of each other.
    pub(crate) sweeps: Sweeps,
    /// Who else than we may say who calls, and their keys.
    pub(crate) issuers: Issuers,
}

impl Memory {
    /// Of a process that believes these issuers, and may hold so many answers.
    pub fn new(issuers: Issuers, holds: Holds) -> Self {
        Self { issuers, holds, ..Self::default() }
    }
}
