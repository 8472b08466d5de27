//! How fast the host is: `scenes` puts `job`s under `load`, `waits` times the way from a decision to the agent, `pages` the console.

pub mod job;
pub mod load;
pub mod pages;
pub mod scenes;
pub mod waits;
