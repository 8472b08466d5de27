//! Slack: verify signatures, read interactions, write cards and call the API.

mod block;
pub mod card;
mod channel;
pub mod client;
pub mod config;
pub mod edit;
mod form;
pub mod interaction;
pub mod modal;
pub mod signature;
pub mod subject;
mod words;
mod written;

pub use card::{Card, CardOptions, card};
pub use channel::Channel;
pub use client::{Client, Identity, Opened, Posted};
pub use config::MAX_PER_SECOND;
pub use interaction::{Act, Interaction};
pub use subject::{CardAddress, Subject};
pub use words::Words;

/// Nothing finds a message whose posting was never answered, however late one looks.
pub(crate) const LEAST_WAIT: std::time::Duration = std::time::Duration::ZERO;

#[cfg(test)]
mod tests;
