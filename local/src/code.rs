//! A function's code, by what sets it off.

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Response;
use http_body_util::combinators::UnsyncBoxBody;
use serde_json::Value;
use std::sync::Arc;

/// A function that answers an HTTP request.
pub type HttpHandler =
    Arc<dyn Fn(lambda_http::Request) -> BoxFuture<'static, Response<lambda_http::Body>> + Send + Sync>;

/// A body that arrives in parts.
pub type StreamBody = UnsyncBoxBody<Bytes, std::io::Error>;

/// A function that answers an HTTP request with a body in parts.
pub type StreamHandler = Arc<dyn Fn(lambda_http::Request) -> BoxFuture<'static, Response<StreamBody>> + Send + Sync>;

/// A function that takes an event.
pub type EventHandler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// A function's code, by what sets it off.
#[derive(Clone)]
pub enum Handler {
    /// A route of the HTTP API.
    Http(HttpHandler),
    /// A Function URL that streams.
    Stream(StreamHandler),
    /// A rule, a schedule, the table's stream or the WebSocket API.
    Event(EventHandler),
}
