//! PagerDuty: one alert for each open approval, updated while it waits and resolved at every end. Nobody decides there: acknowledging
//! or resolving an incident says who looks at it, and neither approves nor denies.

pub mod callback;
pub mod client;
pub mod config;
mod show;

pub use callback::{Callback, What};
pub use client::Client;
pub use config::DEFAULT_ENDPOINT;

/// How many a second it takes of what comes back after it was away. PagerDuty names none for events: as fast as Teams takes them is gentle.
pub(crate) const MAX_PER_SECOND: usize = crate::teams::MAX_PER_SECOND;

/// The length of a routing key (<https://developer.pagerduty.com/docs/events-api-v2/trigger-events>).
const ROUTING_KEY: usize = 32;
/// Most characters of a `dedup_key` (same page).
const DEDUP_KEY: usize = 255;
/// Most characters of a summary (same page).
const SUMMARY: usize = 1_024;
/// Most bytes of an event: 512 KB (<https://developer.pagerduty.com/docs/events-api-v2/overview>), with a margin.
const EVENT: usize = 500_000;
/// What an event may say how severe it is (same pages).
const SEVERITIES: &[&str] = &["critical", "error", "warning", "info"];
/// Where nothing else is said.
const DEFAULT_SEVERITY: &str = "warning";

/// An incident has a dedup key.
pub(crate) const LEAST_WAIT: std::time::Duration = std::time::Duration::ZERO;

#[cfg(test)]
mod tests;
