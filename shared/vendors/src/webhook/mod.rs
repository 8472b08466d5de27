//! Webhook: an endpoint of your own, called by Standard Webhooks 1.0. The endpoint's people answer through the API.
//!
//! The cast: [`config`] checks what an admin entered, [`show`] makes the message, [`signature`] signs it, [`Client`] posts it.
//! The specification: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

pub mod client;
pub mod config;
pub mod show;
pub mod signature;

pub use client::{Answered, Client};
pub use show::{Message, message};

/// How many a second it takes of what comes back after it was away. A receiver names none: as fast as Teams takes them is gentle.
pub(crate) const MAX_PER_SECOND: usize = crate::teams::MAX_PER_SECOND;

use std::ops::RangeInclusive;

/// The most bytes of a message about an approval: "usually smaller than 20kb" (the specification, "Payload size").
pub const MAX_BODY: usize = 20_000;
/// How many bytes a signing secret has: 192 to 512 bits (the specification, "Signature scheme").
pub const SECRET_BYTES: RangeInclusive<usize> = 24..=64;
/// The most secrets at once: the new one, and the old one while rotating (the specification, "Webhook headers").
pub const MAX_SECRETS: usize = 2;
/// The most bytes of an answer that are kept. The specification gives an answer's body no meaning.
pub const MAX_ANSWER: usize = 4_096;

/// A message has an id, so a receiver knows a repeat.
pub(crate) const LEAST_WAIT: std::time::Duration = std::time::Duration::ZERO;

#[cfg(test)]
mod tests;
