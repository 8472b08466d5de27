//! `GET /openapi.json`: the API as OpenAPI 3.1, for people to read and programs to make clients of.

use domain::digest::sha256_hex;
use lambda::{Answer, Error, header};
use lambda_http::Request;
use std::sync::LazyLock;

/// How long a cache may keep it.
const KEPT: &str = "public, max-age=3600";

/// As it is sent: without the indentation, since no text in JSON has a line break of its own.
static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| include_str!("openapi.json").lines().map(str::trim_start).collect());
static TAG: LazyLock<String> = LazyLock::new(|| format!("\"{}\"", sha256_hex(DOCUMENT.as_bytes())));

/// The document, or that the caller has it.
pub(crate) async fn document(request: &Request) -> Result<Answer, Error> {
    let known = header(request, "if-none-match").unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == *TAG);
    let answer = match is_known {
        true => Answer::empty(304),
        false => Answer::text(200, "application/json", DOCUMENT.clone()),
    };
    Ok(answer.with("etag", &*TAG).kept(KEPT))
}
