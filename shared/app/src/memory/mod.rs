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
