//! Why a command was refused, without a word of HTTP.

use crate::Fault;
use crate::status::Status;
use thiserror::Error;

/// A refusal changes nothing. Its text is a sentence for the caller.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The actor is not one whom the policy names for this.
    #[error("{0}")]
    NotAuthorized(String),
    /// The policy forbids the action.
    #[error("{0}")]
    PolicyDenied(String),
    /// No policy allows the action.
    #[error("{0}")]
    PolicyNotFound(String),
    /// The approval is not in a state for this.
    #[error("{0}")]
    InvalidState(String),
    /// The time to decide is over.
    #[error("the time to decide is over")]
    Expired,
    /// The approval changed after the person saw it.
    #[error("the approval changed since you saw it; look at it again and decide on what it is now")]
    Changed,
    /// An edit touches what it may not, or breaks the policy's schema.
    #[error("the edited parameters are not allowed")]
    OverrideNotAllowed(Vec<Fault>),
    /// Too soon after the refusal; try again after so many seconds.
    #[error("it is too soon to ask for this again; try again in {retry_after_sec} s")]
    RateLimited {
        /// Seconds until a try can succeed.
        retry_after_sec: u64,
    },
}

impl Refusal {
    /// A person may not `verb` their own request. If they are entitled, they may still deny it.
    pub fn own(verb: &str, may_deny: bool) -> Self {
        let still = if may_deny { "; you may deny it" } else { "" };
        Self::NotAuthorized(format!("you cannot {verb} your own request{still}"))
    }

    pub(crate) fn ended(status: Status) -> Self {
        match status {
            Status::Expired => Self::Expired,
            other => Self::InvalidState(format!("this approval was already {}", other.word())),
        }
    }
}
