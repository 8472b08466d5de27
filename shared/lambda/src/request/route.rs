//! What was asked for: method, path without `/v1`, headers.

use crate::Error;
use app::Failure;
use domain::Traceparent;
use lambda_http::http::Method;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};

/// Method and path segments.
#[derive(Debug)]
pub struct Address<'a> {
    /// `GET`, `POST`, …
    pub method: &'a Method,
    /// The path's segments, the version left out.
    pub path: Vec<&'a str>,
}

/// Reads the address. Every path also answers under `/v1`.
pub fn route(request: &Request) -> Address<'_> {
    let mut path: Vec<&str> = request.uri().path().split('/').filter(|s| !s.is_empty()).collect();
    if path.first() == Some(&"v1") {
        path.remove(0);
    }
    Address { method: request.method(), path }
}

/// The id of the API that a request came through, as the gateway says.
pub(crate) fn api(request: &Request) -> Option<&str> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.apiid.as_deref(),
        _ => None,
    }
}

/// A header's text.
pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// A header's text, where being unreadable must not pass for being absent.
///
/// # Errors
/// `Invalid` where it is not ASCII text.
pub fn text_header<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Error> {
    let Some(value) = request.headers().get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| Failure::invalid(name, "must be ASCII text").into())
}

/// The trace that a request belongs to. One that is not valid is none (W3C Trace Context, section 3.2).
pub fn traceparent(request: &Request) -> Option<Traceparent> {
    Traceparent::parse(header(request, "traceparent")?)
}

/// A parameter of the path as the gateway read it: a segment of the path itself is still percent-encoded.
pub fn path_parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.path_parameters_ref()?.first(name)
}
