//! Translate: approvals into what each vendor shows, and what people do there into what the house understands.
//!
//! The cast: [`Http`] is the one real client; a vendor's module has what it verifies, what it reads, what it draws and what it
//! calls; a call that did not work is a [`Failure`], which knows whether trying again can help. Time is passed in.

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
