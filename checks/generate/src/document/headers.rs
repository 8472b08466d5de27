//! The headers of answers.

use crate::ordered::Ordered;
use domain::shape::Shape;
use domain::shape::make::{at_least, only, text, word};

/// A header: its name in the list, its purpose, whether it is always sent, its schema.
struct Header(&'static str, &'static str, bool, Shape);

const ALL: [Header; 12] = [
    Header(
        "WWW-Authenticate",
        "How to authenticate (RFC 6750): with an error where what was sent is not valid.",
        true,
        word(&["Bearer", "Bearer error=\"invalid_token\""]),
    ),
    Header(
        "AskAgain",
        "Seconds to wait before the next poll. Present if `waitSec` was sent but the answer was not held, because \
        the token has three held answers already or the deployment reserves nothing for holding.",
        false,
        at_least(1),
    ),
    Header("Retry-After", "Seconds until a try can succeed.", false, at_least(1)),
    Header(
        "RateLimit-Policy",
        "The rate, as `\"creates\";q=60;w=60` (draft-ietf-httpapi-ratelimit-headers). Absent on a replay, which is \
        free.",
        false,
        text().pattern(r#"^"[a-z-]+";q=\d+;w=\d+$"#),
    ),
    Header(
        "RateLimit",
        "What is left of the rate, and the seconds until one more request is allowed: `\"creates\";r=59;t=1`.",
        false,
        text().pattern(r#"^"[a-z-]+";r=\d+;t=\d+$"#),
    ),
    Header("PolicyETag", "SHA-256 of the document, quoted: send it back in If-Match.", true, ETAG),
    Header("ETag", "The version of this document.", true, ETAG),
    Header(
        "StreamCacheControl",
        "No cache or proxy may store or change the stream.",
        true,
        only(r#""no-cache, no-transform""#),
    ),
    Header("X-Accel-Buffering", "No proxy may buffer the stream.", true, only(r#""no""#)),
    Header("Cache-Control", "How long a cache may store the answer.", false, text()),
    Header("X-Policy-Version", "1, 2, 3, …", true, at_least(1)),
    Header("Location", "A page of the console.", false, text()),
];
const ETAG: Shape = text().pattern(r#"^"[0-9a-f]{64}"$"#);

/// All of them.
pub(super) fn all() -> serde_json::Result<Ordered> {
    let mut headers = Ordered::default();
    for Header(name, says, always, shape) in ALL {
        let header = Ordered::default().with("description", says)?.with_some("required", always.then_some(true))?;
        headers.put(name, header.with("schema", shape.schema())?)?;
    }
    Ok(headers)
}

/// References to some of them, each under the name that it has in an answer.
pub(super) fn references(named: &[(&str, &str)]) -> serde_json::Result<Option<Ordered>> {
    let mut headers = Ordered::default();
    for (name, listed) in named {
        headers.put(name, Ordered::default().with("$ref", format!("#/components/headers/{listed}"))?)?;
    }
    Ok(headers.filled())
}
