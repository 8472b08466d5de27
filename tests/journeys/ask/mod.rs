//! Agents ask.

pub(crate) mod an_agent_asks;
pub(crate) mod asked_anew;
pub(crate) mod asks_again;
pub(crate) mod let_through;
pub(crate) mod references;
