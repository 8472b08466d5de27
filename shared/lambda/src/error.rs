//! The one mapping from a failure to a status, a code and a sentence.

use crate::Answer;
use app::{Failure, noted};
use domain::limits::in_words;
use domain::{Fault, Refusal};
use serde::Serialize;

/// Why a request was not served.
#[derive(Debug)]
pub enum Error {
    /// The use case came to nothing.
    Failure(Failure),
    /// The body has more bytes than these.
    TooLarge(usize),
    /// The body is of a kind that is not understood; what is.
    UnsupportedMediaType(&'static str),
    /// There is no such route.
    NoRoute,
}

impl<F: Into<Failure>> From<F> for Error {
    fn from(failure: F) -> Self {
        Self::Failure(failure.into())
    }
}

/// `ErrorResponse` of guard-api.md, and `details` naming each fault.
#[derive(Serialize)]
struct ErrorBody<'a> {
    error: String,
    code: &'static str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    details: &'a [Fault],
}

impl Error {
    /// The answer to it.
    pub fn answer(self) -> Answer {
        let (status, code) = self.status_and_code();
        noted::code(code);
        let body = ErrorBody { error: sentence(&self.told()), code, details: self.details() };
        let answer = Answer::json(status, &body);
        match &self {
            Self::Failure(Failure::Refused(Refusal::RateLimited { retry_after_sec })) => {
                answer.with("retry-after", retry_after_sec)
            }
            Self::Failure(Failure::TooMany { rate, retry_after_sec }) => {
                answer.with("retry-after", retry_after_sec).with_limit(*rate, 0, *retry_after_sec)
            }
            Self::Failure(Failure::Unavailable { retry_after_sec }) => answer.with("retry-after", retry_after_sec),
            // RFC 6750 §3.1: whoever sends nothing is told nothing but the scheme.
            Self::Failure(Failure::Anonymous) => answer.with("www-authenticate", "Bearer"),
            Self::Failure(Failure::Unauthenticated(_)) => {
                answer.with("www-authenticate", "Bearer error=\"invalid_token\"")
            }
            _ => answer,
        }
    }

    /// The status, and a sentence for a person.
    pub fn told_in_words(&self) -> (u16, String) {
        let faults: Vec<String> = self.details().iter().map(ToString::to_string).collect();
        let told = if faults.is_empty() { self.told() } else { faults.join("; ") };
        let (status, code) = self.status_and_code();
        noted::code(code);
        (status, sentence(&told))
    }

    fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::TooLarge(_) => (413, "PAYLOAD_TOO_LARGE"),
            Self::UnsupportedMediaType(_) => (415, "UNSUPPORTED_MEDIA_TYPE"),
            Self::NoRoute => (404, "NOT_FOUND"),
            Self::Failure(failure) => failed(failure),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::TooLarge(most) => format!("the body is over {}", in_words(*most)),
            Self::UnsupportedMediaType(wanted) => format!("the body must be {wanted}"),
            Self::NoRoute => "there is nothing at this address".into(),
            Self::Failure(failure @ Failure::Internal(_)) => failure.unknown().into(),
            Self::Failure(failure) => failure.to_string(),
        }
    }

    fn details(&self) -> &[Fault] {
        match self {
            Self::Failure(Failure::Invalid(faults) | Failure::Refused(Refusal::OverrideNotAllowed(faults))) => faults,
            _ => &[],
        }
    }
}

/// The code of a failure, where no answer has it.
pub fn code(failure: &Failure) -> &'static str {
    failed(failure).1
}

fn failed(failure: &Failure) -> (u16, &'static str) {
    match failure {
        Failure::Refused(refusal) => refused(refusal),
        Failure::Invalid(_) => (400, "INVALID_PAYLOAD"),
        Failure::Unauthenticated(_) | Failure::Anonymous => (401, "UNAUTHENTICATED"),
        Failure::Forbidden(_) => (403, "NOT_AUTHORIZED"),
        Failure::NotFound(_) => (404, "NOT_FOUND"),
        Failure::TokenNotFound => (404, "TOKEN_NOT_FOUND"),
        Failure::TooLarge => (413, "PAYLOAD_TOO_LARGE"),
        Failure::TooMany { .. } => (429, "RATE_LIMITED"),
        Failure::InUse(_) => (409, "CONFLICT"),
        Failure::Conflict(_) => (409, "CONFLICT"),
        Failure::IdempotencyMismatch => (422, "IDEMPOTENCY_MISMATCH"),
        Failure::Unavailable { .. } => (503, "UNAVAILABLE"),
        Failure::Internal(_) => (500, "INTERNAL"),
    }
}

fn refused(refusal: &Refusal) -> (u16, &'static str) {
    match refusal {
        Refusal::NotAuthorized(_) => (403, "NOT_AUTHORIZED"),
        Refusal::PolicyDenied(_) => (403, "POLICY_DENIED"),
        Refusal::PolicyNotFound(_) => (403, "POLICY_NOT_FOUND"),
        Refusal::InvalidState(_) => (409, "INVALID_STATE"),
        Refusal::Expired => (409, "TOKEN_EXPIRED"),
        Refusal::Changed => (409, "CONFLICT"),
        Refusal::OverrideNotAllowed(_) => (422, "OVERRIDE_NOT_ALLOWED"),
        Refusal::RateLimited { .. } => (429, "RATE_LIMITED"),
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let capital: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{capital}{}{stop}", chars.as_str())
}
