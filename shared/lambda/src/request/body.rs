//! Bodies: their kind, their size, and JSON read strictly.

use crate::{Error, header};
use app::Failure;
use domain::{Fault, limits};
use lambda_http::Request;
use serde_json::Value;

/// What some programs write before a text in UTF-8: it is no part of the text (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The body as bytes, base64 of the gateway undone.
///
/// # Errors
/// `TooLarge`.
pub fn raw(request: &Request) -> Result<&[u8], Error> {
    up_to(request, limits::BODY_BYTES)
}

/// A form as bytes: a modal of Slack's that was sent comes back whole, percent-encoded.
///
/// # Errors
/// `TooLarge`.
pub fn form(request: &Request) -> Result<&[u8], Error> {
    up_to(request, limits::FORM_BYTES)
}

/// A vendor's webhook as bytes, to be verified before it is read.
///
/// # Errors
/// `TooLarge`.
pub fn callback(request: &Request) -> Result<&[u8], Error> {
    up_to(request, limits::CALLBACK_BYTES)
}

fn up_to(request: &Request, most: usize) -> Result<&[u8], Error> {
    let body: &[u8] = request.body().as_ref();
    if body.len() > most { Err(Error::TooLarge(most)) } else { Ok(body) }
}

/// A form's fields, in order.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The last of a name; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// All of a name: boxes that were ticked.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Names that begin so, without their beginning, and the values.
    pub fn beginning<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(n, value)| Some((n.strip_prefix(prefix)?, value.as_str())))
    }
}

/// A form's fields.
///
/// # Errors
/// `TooLarge`, or `UnsupportedMediaType`.
pub fn fields(request: &Request) -> Result<Fields, Error> {
    let body = form(request)?;
    if kind(request).is_none_or(|k| k != "application/x-www-form-urlencoded") {
        return Err(Error::UnsupportedMediaType("application/x-www-form-urlencoded"));
    }
    Ok(Fields(url::form_urlencoded::parse(body).into_owned().collect()))
}

/// The body as JSON. A request without a `Content-Type` is taken at its word.
///
/// # Errors
/// `TooLarge`, `UnsupportedMediaType`, or `Invalid` with the line and column.
pub fn json(request: &Request) -> Result<Value, Error> {
    raw(request)?;
    if !kind(request).is_none_or(|k| k == "application/json" || k.ends_with("+json")) {
        return Err(Error::UnsupportedMediaType("application/json"));
    }
    json_of_any_kind(request)
}

/// The body as JSON, whatever it says it is.
///
/// # Errors
/// `TooLarge`, or `Invalid` with the line and column.
pub fn json_of_any_kind(request: &Request) -> Result<Value, Error> {
    let body = text(request)?;
    domain::params::json::parse(body).map_err(|problem| fault(format!("is not valid JSON: {problem}")))
}

/// The body as the text of a document in YAML or JSON.
///
/// # Errors
/// `TooLarge`, `UnsupportedMediaType`, or `Invalid` where it is not UTF-8.
pub fn document(request: &Request) -> Result<String, Error> {
    const KINDS: [&str; 6] =
        ["application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain"];
    let body = text(request)?;
    if !kind(request).is_none_or(|k| KINDS.contains(&k.as_str())) {
        return Err(Error::UnsupportedMediaType("application/yaml or application/json"));
    }
    String::from_utf8(body.to_vec()).map_err(|_| fault("is not UTF-8".into()))
}

/// The body without its byte order mark.
fn text(request: &Request) -> Result<&[u8], Error> {
    let body = raw(request)?;
    Ok(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body))
}

fn kind(request: &Request) -> Option<String> {
    let kind = header(request, "content-type")?.split(';').next()?;
    Some(kind.trim().to_ascii_lowercase())
}

fn fault(problem: String) -> Error {
    Failure::Invalid(vec![Fault::new("", format!("the body {problem}"))]).into()
}
