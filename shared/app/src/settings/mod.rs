//! What admins set: policy, keys, agents, connectors; and what auditors see of them.

pub mod check_policy;
pub mod configure_agent;
pub mod connectors;
pub mod manage_keys;
pub mod replace_policy;
pub mod shapes;
