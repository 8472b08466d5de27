//! Agents wait.

pub(crate) mod clients;
pub(crate) mod clients_generated;
pub(crate) mod concurrency;
pub(crate) mod waits;
