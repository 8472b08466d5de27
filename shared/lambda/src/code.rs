//! The codes of refusals, each with its status.

/// A constant for a program (`tests/contract/guard-api.yaml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The input has faults.
    InvalidPayload,
    /// Who calls is not known.
    Unauthenticated,
    /// Who calls may not.
    NotAuthorized,
    /// No rule for the action.
    PolicyNotFound,
    /// A rule that denies the action.
    PolicyDenied,
    /// There is no such thing.
    NotFound,
    /// No approval behind the token.
    TokenNotFound,
    /// The approval is in another state.
    InvalidState,
    /// The time to decide is over.
    TokenExpired,
    /// Something else was written first.
    Conflict,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is of another kind.
    UnsupportedMediaType,
    /// An edit beyond the policy.
    OverrideNotAllowed,
    /// Another body under the same key.
    IdempotencyMismatch,
    /// A rate is used up.
    RateLimited,
    /// Something behind cannot be had just now.
    Unavailable,
    /// It is not known whether it was done.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 17] = [
        Self::InvalidPayload,
        Self::Unauthenticated,
        Self::NotAuthorized,
        Self::PolicyNotFound,
        Self::PolicyDenied,
        Self::NotFound,
        Self::TokenNotFound,
        Self::InvalidState,
        Self::TokenExpired,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::OverrideNotAllowed,
        Self::IdempotencyMismatch,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// How every code is spelled.
    pub const fn spellings() -> [&'static str; Self::ALL.len()] {
        let mut spelled = [""; Self::ALL.len()];
        let (mut left, mut into): (&[Self], &mut [&str]) = (&Self::ALL, &mut spelled);
        while let ([first, rest @ ..], [place, places @ ..]) = (left, into) {
            *place = first.as_str();
            (left, into) = (rest, places);
        }
        spelled
    }

    /// Its spelling.
    pub const fn as_str(self) -> &'static str {
        self.spelled().1
    }

    /// Its status.
    pub const fn status(self) -> u16 {
        self.spelled().0
    }

    const fn spelled(self) -> (u16, &'static str) {
        match self {
            Self::InvalidPayload => (400, "INVALID_PAYLOAD"),
            Self::Unauthenticated => (401, "UNAUTHENTICATED"),
            Self::NotAuthorized => (403, "NOT_AUTHORIZED"),
            Self::PolicyNotFound => (403, "POLICY_NOT_FOUND"),
            Self::PolicyDenied => (403, "POLICY_DENIED"),
            Self::NotFound => (404, "NOT_FOUND"),
            Self::TokenNotFound => (404, "TOKEN_NOT_FOUND"),
            Self::InvalidState => (409, "INVALID_STATE"),
            Self::TokenExpired => (409, "TOKEN_EXPIRED"),
            Self::Conflict => (409, "CONFLICT"),
            Self::PayloadTooLarge => (413, "PAYLOAD_TOO_LARGE"),
            Self::UnsupportedMediaType => (415, "UNSUPPORTED_MEDIA_TYPE"),
            Self::OverrideNotAllowed => (422, "OVERRIDE_NOT_ALLOWED"),
            Self::IdempotencyMismatch => (422, "IDEMPOTENCY_MISMATCH"),
            Self::RateLimited => (429, "RATE_LIMITED"),
            Self::Unavailable => (503, "UNAVAILABLE"),
            Self::Internal => (500, "INTERNAL"),
        }
    }
}
