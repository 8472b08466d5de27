//! Why a use case came to nothing, without a word of HTTP: what the caller may read, and what only the log may.

use bus::BusError;
use domain::{Fault, Refusal};
use sockets::PostError;
use store::StoreError;
use store::rates::Rate;
use thiserror::Error;

/// Why a use case came to nothing.
#[derive(Debug, Error)]
pub enum Failure {
    /// The domain refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The input has these faults.
    #[error("the request is not valid")]
    Invalid(Vec<Fault>),
    /// The caller is not known.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller does not say who they are.
    #[error("send Authorization: Bearer with an API key")]
    Anonymous,
    /// The caller is known and may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing in the caller's workspace.
    #[error("{0}")]
    NotFound(&'static str),
    /// No approval belongs to this wait token.
    #[error("no request belongs to this token")]
    TokenNotFound,
    /// What is asked for is more than one item of the table takes.
    #[error("the parameters are too large to be kept")]
    TooLarge,
    /// The rate is used up; try again after so many seconds.
    #[error("too many {}: {} in {} s; try again in {retry_after_sec} s", rate.name, rate.burst, rate.window_sec)]
    TooMany {
        /// Which.
        rate: Rate,
        /// Seconds until a try can succeed.
        retry_after_sec: u64,
    },
    /// The keys of a token's issuer cannot be had; try again after so many seconds.
    #[error("the keys of the token's issuer cannot be had just now; try again in {retry_after_sec} s")]
    Unavailable {
        /// Seconds until they are asked for again.
        retry_after_sec: u64,
    },
    /// Something else was written first.
    #[error("{0}")]
    Conflict(&'static str),
    /// The workspace is in a state that does not allow it.
    #[error("{0}")]
    InUse(String),
    /// The idempotency key was used for another body.
    #[error("this Idempotency-Key was used before with another body")]
    IdempotencyMismatch,
    /// A service behind could not be asked. The text is for the log only.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    /// Logs the failure, and returns the sentence for the caller, who may know no more.
    pub fn unknown(&self) -> &'static str {
        tracing::error!(failure = %self, "a request failed");
        "something went wrong here, and it is not known whether this was done; look at what is, or send it again"
    }

    /// One fault of one field.
    pub fn invalid(field: &str, problem: &str) -> Self {
        Self::Invalid(vec![Fault::new(field, problem)])
    }

    pub(crate) fn missing(what: &str) -> Self {
        Self::Internal(format!("{what} is not configured for this function"))
    }
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self::Internal(e.to_string())
    }
}

impl From<BusError> for Failure {
    fn from(e: BusError) -> Self {
        Self::Internal(e.to_string())
    }
}

impl From<PostError> for Failure {
    fn from(e: PostError) -> Self {
        Self::Internal(e.to_string())
    }
}
