//! The headers that keep a browser from doing anything but showing what we sent.

use lambda::Answer;

/// Nothing is loaded but our own style and script, no form leads elsewhere, nobody frames it. The icon is empty and inside the page.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A link holds what must not travel on in a `Referer`.
pub(crate) fn guarded(answer: Answer) -> Answer {
    answer
        .with("content-security-policy", POLICY)
        .with("referrer-policy", "same-origin")
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
}
