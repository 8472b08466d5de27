//! The answers of refusals: which codes each status can have, and what they mean.

use super::headers;
use crate::ordered::Ordered;
use domain::limits::{BODY_BYTES, FAULTS, FORM_BYTES, in_words};
use domain::shape::make::{answer, list_of, may, must, only, text, word};
use domain::shape::{Field, Shape};
use domain::view::shapes::FAULT;
use lambda::Code;
use lambda::operation::said::GATEWAY_MESSAGE;
use serde::ser::Error as _;
use serde_json::json;

/// One answer of refusals.
pub(super) struct Refusal {
    /// Under which name it is listed.
    pub(super) name: &'static str,
    /// The codes that it can have; none where only a gateway in front answers so.
    codes: &'static [Code],
    /// What they mean. `{most}` is the limit of a body.
    says: &'static str,
    /// Whether a gateway in front may answer so, too.
    gateway: bool,
    headers: &'static [(&'static str, &'static str)],
    /// The shape of its body.
    shape: Option<Shape>,
}

const ERROR: Field = must("error", text()).says("A sentence for a person.");
const DETAILS: Field = may("details", list_of(&FAULT).at_most(FAULTS)).says("Every fault of the input at once.");
const RETRY_AFTER: (&str, &str) = ("Retry-After", "Retry-After");

/// An error of one code.
macro_rules! error {
    ($name:literal, $code:literal $(, $details:ident)?) => {
        Some(
            answer(&[ERROR, must("code", only(concat!('"', $code, '"'))) $(, $details)?])
                .named($name)
                .says("An ErrorResponse with this code."),
        )
    };
}

/// An error of one of a few codes.
macro_rules! errors {
    ($name:literal, $codes:expr) => {
        Some(
            answer(&[ERROR, must("code", word($codes))]).named($name).says("An ErrorResponse with one of these codes."),
        )
    };
}

const fn refusal(name: &'static str, codes: &'static [Code], says: &'static str, shape: Option<Shape>) -> Refusal {
    Refusal { name, codes, says, gateway: false, headers: &[], shape }
}

impl Refusal {
    const fn or_gateway(self) -> Self {
        Self { gateway: true, ..self }
    }

    const fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }
}

/// Where the limit of a body is another than the usual one.
const TOO_LARGE: &str = "PAYLOAD_TOO_LARGE: the body is over {most}, or more than can be kept.";

/// All refusals. The codes say which of them an operation has for a status.
const ALL: [Refusal; 17] = [
    refusal(
        "BadRequest",
        &[Code::InvalidPayload],
        "INVALID_PAYLOAD: the input has the faults that `details` names, all at once.",
        error!("InvalidPayloadError", "INVALID_PAYLOAD", DETAILS),
    )
    .or_gateway(),
    refusal(
        "Unauthenticated",
        &[Code::Unauthenticated],
        "UNAUTHENTICATED: no key, or one that is unknown, expired or revoked.",
        error!("UnauthenticatedError", "UNAUTHENTICATED"),
    )
    .headers(&[("WWW-Authenticate", "WWW-Authenticate")]),
    refusal(
        "NotAuthorized",
        &[Code::NotAuthorized],
        "NOT_AUTHORIZED: the caller's roles, its workspace, or the policy do not allow it.",
        error!("NotAuthorizedError", "NOT_AUTHORIZED"),
    ),
    refusal(
        "PolicyForbids",
        &[Code::NotAuthorized, Code::PolicyNotFound, Code::PolicyDenied],
        "NOT_AUTHORIZED: the caller's roles or its workspace, or a callback's host, are not allowed. POLICY_NOT_FOUND: no rule for the \
         action. POLICY_DENIED: a rule that denies it.",
        errors!("PolicyForbidsError", &["NOT_AUTHORIZED", "POLICY_NOT_FOUND", "POLICY_DENIED"]),
    ),
    refusal(
        "NotFound",
        &[Code::NotFound],
        "NOT_FOUND: no such thing in this workspace.",
        error!("NotFoundError", "NOT_FOUND"),
    ),
    refusal(
        "TokenNotFound",
        &[Code::TokenNotFound],
        "TOKEN_NOT_FOUND: no request behind this token.",
        error!("TokenNotFoundError", "TOKEN_NOT_FOUND"),
    ),
    refusal(
        "InvalidState",
        &[Code::InvalidState, Code::TokenExpired, Code::Conflict],
        "INVALID_STATE: the approval has ended, or its state does not allow this. TOKEN_EXPIRED: the deadline has \
        passed. CONFLICT: the approval changed after the person saw it, or too many changes came at once.",
        errors!("InvalidStateError", &["INVALID_STATE", "TOKEN_EXPIRED", "CONFLICT"]),
    ),
    refusal(
        "Conflict",
        &[Code::Conflict],
        "CONFLICT: another change was faster, or the stored object does not allow this change.",
        error!("ConflictError", "CONFLICT"),
    ),
    refusal("TooLarge", &[Code::PayloadTooLarge], TOO_LARGE, error!("TooLargeError", "PAYLOAD_TOO_LARGE")).or_gateway(),
    refusal("FormTooLarge", &[], TOO_LARGE, error!("TooLargeError", "PAYLOAD_TOO_LARGE")).or_gateway(),
    refusal(
        "UnsupportedMediaType",
        &[Code::UnsupportedMediaType],
        "UNSUPPORTED_MEDIA_TYPE: the body is of another kind.",
        error!("UnsupportedMediaTypeError", "UNSUPPORTED_MEDIA_TYPE"),
    ),
    refusal(
        "IdempotencyMismatch",
        &[Code::IdempotencyMismatch],
        "IDEMPOTENCY_MISMATCH: another body under the same key.",
        error!("IdempotencyMismatchError", "IDEMPOTENCY_MISMATCH"),
    ),
    refusal(
        "OverrideNotAllowed",
        &[Code::OverrideNotAllowed],
        "OVERRIDE_NOT_ALLOWED: an edit beyond the policy, as `details` says.",
        error!("OverrideNotAllowedError", "OVERRIDE_NOT_ALLOWED", DETAILS),
    ),
    refusal(
        "RateLimited",
        &[Code::RateLimited],
        "RATE_LIMITED: try again after Retry-After seconds. A gateway in front may throttle, too.",
        error!("RateLimitedError", "RATE_LIMITED"),
    )
    .or_gateway()
    .headers(&[RETRY_AFTER, ("RateLimit-Policy", "RateLimit-Policy"), ("RateLimit", "RateLimit")]),
    refusal("Throttled", &[], "A gateway in front throttles.", None).or_gateway(),
    refusal(
        "Internal",
        &[Code::Internal],
        "INTERNAL: it is not known whether it was done: look at what is, or send it again, which is safe.",
        error!("InternalError", "INTERNAL"),
    )
    .or_gateway(),
    refusal(
        "Unavailable",
        &[Code::Unavailable],
        "UNAVAILABLE: the keys of the token's issuer cannot be fetched now; try again after Retry-After seconds. Or a gateway in front \
         waited in vain.",
        error!("UnavailableError", "UNAVAILABLE"),
    )
    .or_gateway()
    .headers(&[RETRY_AFTER]),
];

/// The answer for the codes that an operation has for one status.
pub(super) fn of(codes: &[Code]) -> serde_json::Result<&'static str> {
    let same = |refusal: &&Refusal| refusal.codes == codes;
    let found = ALL.iter().find(same).map(|refusal| refusal.name);
    found.ok_or_else(|| serde_json::Error::custom(format!("no answer of refusals has the codes {codes:?}")))
}

/// All of them by name.
pub(super) fn responses() -> serde_json::Result<Ordered> {
    let mut responses = Ordered::default();
    for refusal in &ALL {
        let most = if refusal.name == "FormTooLarge" { FORM_BYTES } else { BODY_BYTES };
        let body = json!({ "application/json": { "schema": schema(refusal)? } });
        let response = Ordered::default()
            .with("description", refusal.says.replace("{most}", &in_words(most)))?
            .with_some("headers", headers::references(refusal.headers)?)?
            .with("content", body)?;
        responses.put(refusal.name, response)?;
    }
    Ok(responses)
}

fn schema(refusal: &Refusal) -> serde_json::Result<serde_json::Value> {
    let gateway = refusal.gateway.then_some(&GATEWAY_MESSAGE);
    let mut all = refusal.shape.iter().chain(gateway).map(|shape| serde_json::to_value(shape.schema()));
    match (all.next(), all.next()) {
        (Some(first), Some(second)) => Ok(json!({ "anyOf": [first?, second?] })),
        (first, _) => first.unwrap_or_else(|| Ok(json!({}))),
    }
}

/// The shapes of their bodies, and of all in one.
pub(super) fn shapes() -> Vec<Shape> {
    const CODES: [&str; Code::ALL.len()] = Code::spellings();
    const ANY: Shape = answer(&[ERROR, must("code", word(&CODES)).says("A constant for a program."), DETAILS])
        .named("ErrorResponse")
        .examples(&[concat!(
            r#"{"error": "The request is not valid.", "code": "INVALID_PAYLOAD", "#,
            r#""details": [{"field": "meta.justification", "problem": "is required"}]}"#
        )]);
    [ANY].into_iter().chain(ALL.iter().filter_map(|refusal| refusal.shape)).collect()
}
