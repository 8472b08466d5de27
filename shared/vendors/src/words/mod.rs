//! What all cards say: the approval in plain lines, and the agent's own words, exact. What a vendor's format needs is in its own room.

pub(crate) mod agent;
pub(crate) mod lines;
