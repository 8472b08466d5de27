//! The one HTTP client that calls vendors and issuers: addresses that may be called, time limits, and what a call that did not work means.

pub(crate) mod address;
pub mod failure;
pub mod http;
pub mod jwks;
mod retry_after;

pub use failure::Failure;
pub use http::Http;
pub use retry_after::RetryAfter;
