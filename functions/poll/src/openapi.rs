//! `GET /openapi.json`: the API as OpenAPI 3.1, for people to read and programs to make clients of.

use domain::digest::sha256_hex;
use lambda::{Answer, Error, header};
use lambda_http::Request;
use std::sync::LazyLock;

const CACHE_CONTROL: &str = "public, max-age=3600";

/// The document without its indentation. A line break is never inside a text, because JSON escapes it there.
static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| include_str!("openapi.json").lines().map(str::trim_start).collect());
static ETAG: LazyLock<String> = LazyLock::new(|| format!("\"{}\"", sha256_hex(DOCUMENT.as_bytes())));

/// Answers with the document, or with 304 if the caller's `If-None-Match` has its ETag.
pub(crate) async fn document(request: &Request) -> Result<Answer, Error> {
    let known = header(request, "if-none-match").unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == *ETAG);
    let answer = match is_known {
        true => Answer::empty(304),
        false => Answer::text(200, "application/json", DOCUMENT.clone()),
    };
    Ok(answer.with("etag", &*ETAG).kept(CACHE_CONTROL))
}
