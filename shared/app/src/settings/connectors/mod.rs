//! Connectors: made, changed, tried and deleted; what they did and could not do.

pub(crate) mod decisions_received;
pub mod defaults;
pub(crate) mod faults;
pub mod input;
pub mod list_activity;
pub mod manage_connectors;
pub mod replay_dead_letter;
pub mod test_connector;
