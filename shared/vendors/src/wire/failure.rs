//! Why a call to a vendor failed, and whether trying again can help.

use crate::RetryAfter;

/// A failed call. The reason never contains a secret: no token, no address with a signature in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Trying again later can help. It may have succeeded all the same, where the answer was lost.
    #[error("{reason}")]
    Transient {
        /// A sentence for the activity log.
        reason: String,
        /// The HTTP status, where there was an answer.
        status: Option<u16>,
        /// How long the vendor asks to be left alone.
        retry_after: Option<RetryAfter>,
    },
    /// The same call will fail again.
    #[error("{reason}")]
    Permanent {
        /// A sentence for the activity log.
        reason: String,
        /// The HTTP status, where there was an answer.
        status: Option<u16>,
    },
    /// What was to be brought up to date is not there any more: somebody deleted it, or the place it was in.
    #[error("{reason}")]
    Removed {
        /// A sentence for the activity log.
        reason: String,
        /// The HTTP status of the answer.
        status: Option<u16>,
    },
}

impl Failure {
    /// A transient failure without a waiting time.
    pub(crate) fn transient(reason: impl Into<String>, status: Option<u16>) -> Self {
        Self::Transient { reason: reason.into(), status, retry_after: None }
    }

    /// A permanent failure.
    pub(crate) fn permanent(reason: impl Into<String>, status: Option<u16>) -> Self {
        Self::Permanent { reason: reason.into(), status }
    }

    /// The same, where it means that what was shown is not there any more.
    #[must_use]
    pub(crate) fn removed(self) -> Self {
        let (status, reason) = (self.status(), self.to_string());
        Self::Removed { reason, status }
    }

    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Transient { status, .. } | Self::Permanent { status, .. } | Self::Removed { status, .. } => *status,
        }
    }
}
