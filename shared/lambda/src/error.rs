//! The one mapping from a failure to a status, a code and a sentence.

use crate::{Answer, Code};
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

/// `ErrorResponse` of `tests/contract/guard-api.yaml`, and `details` naming each fault.
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
        let code = self.code();
        noted::code(code.as_str());
        let body = ErrorBody { error: sentence(&self.told()), code: code.as_str(), details: self.details() };
        let answer = Answer::json(code.status(), &body);
        match &self {
            Self::Failure(Failure::Refused(Refusal::RateLimited { retry_after_sec })) => {
                answer.with("retry-after", retry_after_sec)
            }
            Self::Failure(Failure::TooMany { rate, retry_after_sec }) => {
                answer.with("retry-after", retry_after_sec).with_limit(*rate, 0, *retry_after_sec)
            }
            Self::Failure(Failure::Unavailable { retry_after_sec }) => answer.with("retry-after", retry_after_sec),
            // RFC 6750 §3.1: a request without credentials learns only the scheme.
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
        let code = self.code();
        noted::code(code.as_str());
        (code.status(), sentence(&told))
    }

    fn code(&self) -> Code {
        match self {
            Self::TooLarge(_) => Code::PayloadTooLarge,
            Self::UnsupportedMediaType(_) => Code::UnsupportedMediaType,
            Self::NoRoute => Code::NotFound,
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
    failed(failure).as_str()
}

fn failed(failure: &Failure) -> Code {
    match failure {
        Failure::Refused(refusal) => refused(refusal),
        Failure::Invalid(_) => Code::InvalidPayload,
        Failure::Unauthenticated(_) | Failure::Anonymous => Code::Unauthenticated,
        Failure::Forbidden(_) => Code::NotAuthorized,
        Failure::NotFound(_) => Code::NotFound,
        Failure::TokenNotFound => Code::TokenNotFound,
        Failure::TooLarge => Code::PayloadTooLarge,
        Failure::TooMany { .. } => Code::RateLimited,
        Failure::InUse(_) => Code::Conflict,
        Failure::Conflict(_) => Code::Conflict,
        Failure::IdempotencyMismatch => Code::IdempotencyMismatch,
        Failure::Unavailable { .. } => Code::Unavailable,
        Failure::Internal(_) => Code::Internal,
    }
}

fn refused(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::NotAuthorized(_) => Code::NotAuthorized,
        Refusal::PolicyDenied(_) => Code::PolicyDenied,
        Refusal::PolicyNotFound(_) => Code::PolicyNotFound,
        Refusal::InvalidState(_) => Code::InvalidState,
        Refusal::Expired => Code::TokenExpired,
        Refusal::Changed => Code::Conflict,
        Refusal::OverrideNotAllowed(_) => Code::OverrideNotAllowed,
        Refusal::RateLimited { .. } => Code::RateLimited,
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let capital: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{capital}{}{stop}", chars.as_str())
}
