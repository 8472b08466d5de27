//! What admins set: policies, keys, agents; and what the root secrets are known by.

pub mod agents;
pub mod api_keys;
pub mod policies;
pub mod proofs;
