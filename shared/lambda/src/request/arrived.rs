//! What a gateway hands over, payload format 2.0: a request, or an event that none can be made of.
//!
//! `lambda_http` gives up the process where an address or a body cannot be put together. Anybody can send such a request, so whatever
//! would make it do that is found out before.

use crate::{Answer, Error};
use app::Failure;
use data_encoding::BASE64;
use http::{HeaderName, Uri, header};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest as Event;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Request};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

/// An event of an HTTP API or a Function URL.
#[derive(Debug)]
pub enum Arrived {
    /// The request that it is.
    Request(Box<Request>),
    /// It is none: an address, a header or a body that nobody can read.
    Unreadable(Value),
}

impl Arrived {
    /// Of an event's text.
    pub fn of(event: &str) -> Self {
        match request(event) {
            Some(request) => Self::Request(Box::new(request)),
            None => Self::Unreadable(serde_json::from_str(event).unwrap_or_default()),
        }
    }
}

impl<'de> Deserialize<'de> for Arrived {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(Box::<RawValue>::deserialize(deserializer)?.get()))
    }
}

/// What is answered where there is no request to answer.
pub fn unreadable() -> Answer {
    let problem =
        "the request cannot be read: percent-encode what is in the address, and send headers that are ASCII text";
    Error::from(Failure::invalid("", problem)).answer()
}

fn request(event: &str) -> Option<Request> {
    let mut event: Event = serde_json::from_str(event).ok()?;
    has_an_address(&event).then_some(())?;
    let body = body(&mut event)?;
    let mut request = Request::from(LambdaRequest::ApiGatewayV2(event));
    *request.body_mut() = body;
    Some(request)
}

/// Whether the address can be put together as `lambda_http` does it. A host that is none could also put another path before ours.
fn has_an_address(event: &Event) -> bool {
    let text = |name: HeaderName| event.headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text(HeaderName::from_static("x-forwarded-proto")).unwrap_or("https");
    let host = text(header::HOST).or(event.request_context.domain_name.as_deref());
    let path = path(event);
    let base = match host {
        None => Url::parse(&format!("http://localhost{path}")).map(|url| url.path().to_owned()),
        Some(host) if !is_host(host) || !matches!(scheme, "http" | "https") => return false,
        Some(host) => Url::parse(&format!("{scheme}://{host}{path}")).map(String::from),
    };
    let query = event.raw_query_string.as_deref().filter(|query| !query.is_empty());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    base.is_ok_and(|base| format!("{base}{query}").parse::<Uri>().is_ok())
}

fn is_host(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
}

/// A stage that is not the default stands before the path.
fn path(event: &Event) -> String {
    let path = event.raw_path.as_deref().unwrap_or_default();
    match event.request_context.stage.as_deref() {
        Some(stage) if stage != "$default" && !path.starts_with(&format!("/{stage}/")) => format!("/{stage}{path}"),
        _ => path.to_owned(),
    }
}

/// The body, taken out of the event; nothing where it is not the base64 that it is said to be.
fn body(event: &mut Event) -> Option<Body> {
    Some(match event.body.take() {
        None => Body::Empty,
        Some(text) if event.is_base64_encoded => Body::Binary(BASE64.decode(text.as_bytes()).ok()?),
        Some(text) => Body::Text(text),
    })
}
