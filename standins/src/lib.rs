//! Stand-ins for the outside world, as strict as it is: for the tests and the benchmark alone.

pub mod blockkit;
pub mod cloudwatch;
pub mod connections;
#[cfg(feature = "programs")]
pub mod deployed;
pub mod issuer;
pub mod jira;
pub mod names;
pub mod pagerduty;
mod server;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod slack;
pub mod teams;
pub mod tls;
pub mod vendor;
pub mod webhook;
