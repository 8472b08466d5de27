//! Translate: approvals into what each vendor shows, and what people do there into what the house understands.
//!
//! The cast: [`Http`] is the one real client; a vendor's module has what it verifies, what it reads, what it draws and what it
//! calls; a call that did not work is a [`Failure`], which knows whether trying again can help. Time is passed in.

mod address;
pub mod connector;
pub mod failure;
pub mod http;
pub mod slack;

pub use failure::Failure;
pub use http::Http;

#[cfg(test)]
#[path = "../../../tests/standins/blockkit.rs"]
pub mod blockkit;
#[cfg(test)]
#[path = "../../../tests/standins/slack.rs"]
pub mod slack_standin;
