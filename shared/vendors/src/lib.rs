//! Translate: an approval into the card of each vendor, and what a person does on a card into a decision.
//!
//! [`Http`] is the one real client. A vendor's module verifies, reads, writes cards and calls. A call that did not work is a [`Failure`],
//! which knows whether another try can help. Time is passed in.

pub mod connector;
pub mod jira;
pub mod pagerduty;
#[cfg(test)]
mod samples;
pub mod slack;
pub mod teams;
mod vendors;
pub mod webhook;
pub mod wire;
mod words;

pub use vendors::{Vendor, check, is_public_header, known_headers, masked_endpoint, masked_value};
pub use webhook::config::new_secret as new_webhook_secret;
pub use wire::{Failure, Http, RetryAfter};
