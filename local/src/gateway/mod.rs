//! The HTTP API in front of the functions: one port, the template's routes, the gateway's own limits and answers.

mod cors;
mod event;
mod routes;
mod serve;
mod shown;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, ORIGIN};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use lambda::Arrived;
use serde_json::json;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use crate::code::{HttpHandler, StreamBody, StreamHandler};
use crate::handlers::{Handlers, Unregistered};
use crate::template::{Cors, Template};
use crate::{Clock, Ids};
use event::Arrival;
use routes::{Match, Routes};

/// Takes over requests to [`WEBSOCKET_PATH`], which the WebSocket API serves; it may upgrade the connection.
pub type WebSocket =
    Arc<dyn Fn(Request<Incoming>, SocketAddr) -> BoxFuture<'static, Response<StreamBody>> + Send + Sync>;

/// Where the WebSocket API lives on the local host's port.
pub const WEBSOCKET_PATH: &str = "/ws";

/// The event that a request was read from; the request carries it along, for a function that is not of this process.
#[derive(Clone, Debug)]
pub struct Event(pub String);

/// The page for people. A browser that opens the host's own address is led there, which no deployed API does.
const CONSOLE: &str = "/console";

/// What an HTTP API allows.
const MOST_BYTES: usize = 10 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(30);

/// How the gateway differs from the template's word.
#[derive(Clone, Default)]
pub struct Options {
    /// Serve streaming functions' routes by their buffering handlers, as the deployed HTTP API does.
    pub buffer_streams: bool,
    /// How long requests may go on after the signal to stop.
    pub drain: Duration,
    /// Who serves WebSockets, once someone does.
    pub websocket: Option<WebSocket>,
}

/// The HTTP API.
pub struct Gateway {
    routes: Routes<Endpoint>,
    cors: Option<Cors>,
    options: Options,
    clock: Clock,
    ids: Ids,
}

/// Who answers on a route.
enum Endpoint {
    Buffered(HttpHandler, Duration),
    Streaming(StreamHandler),
}

impl Gateway {
    /// The template's API over these handlers.
    pub fn new(
        template: &Template,
        handlers: &Handlers,
        options: Options,
        clock: Clock,
        ids: Ids,
    ) -> Result<Self, Unregistered> {
        let mut routes = Vec::new();
        for route in &template.routes {
            let Some(function) = template.function(&route.function) else {
                continue;
            };
            // The streaming Function URL may be a function of its own, built from the same crate.
            let streaming = template.functions.iter().find(|other| other.streams && other.code == function.code);
            let endpoint = match streaming.filter(|_| !options.buffer_streams) {
                Some(streaming) => Endpoint::Streaming(handlers.stream(streaming)?),
                None => Endpoint::Buffered(handlers.http(function)?, function.timeout),
            };
            routes.push((route.clone(), endpoint));
        }
        Ok(Self { routes: Routes::new(routes), cors: template.cors.clone(), options, clock, ids })
    }

    /// Answers one request, and leaves a line about it.
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<StreamBody> {
        let (method, path) = (request.method().clone(), shown::path(request.uri().path()));
        let began = (self.clock)();
        let response = self.answered(request, peer).await;
        tracing::info!("{method} {path} {} {} ms", response.status().as_u16(), (self.clock)() - began);
        response
    }

    async fn answered(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<StreamBody> {
        if let Some(websocket) = self.options.websocket.as_ref().filter(|_| request.uri().path() == WEBSOCKET_PATH) {
            return websocket(request, peer).await;
        }
        let (parts, body) = request.into_parts();
        if let Some(headers) = self.cors.as_ref().and_then(|cors| cors::preflight(cors, &parts)) {
            return preflight(headers);
        }
        let origin = parts.headers.get(ORIGIN).cloned();
        let mut response = self.routed(parts, body, peer).await;
        if let Some(cors) = &self.cors {
            cors::mark(cors, origin.as_ref(), response.headers_mut());
        }
        response
    }

    async fn routed(&self, parts: Parts, body: Incoming, peer: SocketAddr) -> Response<StreamBody> {
        let Some(route) = self.routes.find(parts.method.as_str(), parts.uri.path()) else {
            if parts.uri.path() == "/" && parts.method == Method::GET {
                return to(CONSOLE);
            }
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let Some(body) = read(&parts, body).await else {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        let request_id = (self.ids)();
        let mut response = match self.request(&parts, &body, &route, peer, &request_id) {
            Some(request) => route.value.run(request).await,
            None => whole(lambda::unreadable().into_response()),
        };
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("apigw-requestid", id);
        }
        response
    }

    /// The request as the function gets it: through the event, so that nothing reaches it that would not on AWS.
    fn request(
        &self,
        parts: &Parts,
        body: &[u8],
        route: &Match<'_, Endpoint>,
        peer: SocketAddr,
        request_id: &str,
    ) -> Option<lambda_http::Request> {
        let arrival = Arrival {
            route: route.key,
            parameters: &route.parameters,
            peer,
            request_id: request_id.to_owned(),
            now: (self.clock)(),
        };
        let event = event::event(parts, body, &arrival)?.to_string();
        let Arrived::Request(mut request) = Arrived::of(&event) else { return None };
        request.extensions_mut().insert(Event(event));
        Some(*request)
    }
}

impl Endpoint {
    async fn run(&self, request: lambda_http::Request) -> Response<StreamBody> {
        match self {
            Self::Streaming(handler) => {
                let work = AssertUnwindSafe(async { handler(request).await }).catch_unwind();
                work.await.unwrap_or_else(|_| server_error())
            }
            Self::Buffered(handler, timeout) => {
                let work = AssertUnwindSafe(async { handler(request).await }).catch_unwind();
                match tokio::time::timeout(LONGEST.min(*timeout), work).await {
                    Ok(Ok(response)) => whole(response),
                    Ok(Err(_)) => server_error(),
                    // The gateway's patience ends before the function's, or the function is cut off by its own limit.
                    Err(_) if *timeout >= LONGEST => message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
                    Err(_) => server_error(),
                }
            }
        }
    }
}

/// The whole body, or nothing where it is too large or breaks off.
async fn read(parts: &Parts, body: Incoming) -> Option<Bytes> {
    let declared = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > MOST_BYTES) {
        return None;
    }
    Some(Limited::new(body, MOST_BYTES).collect().await.ok()?.to_bytes())
}

fn whole(response: Response<lambda_http::Body>) -> Response<StreamBody> {
    response.map(|body| match body {
        lambda_http::Body::Text(text) => full(text),
        lambda_http::Body::Binary(bytes) => full(bytes),
        _ => full(Bytes::new()),
    })
}

pub(crate) fn full(bytes: impl Into<Bytes>) -> StreamBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

fn message(status: StatusCode, text: &str) -> Response<StreamBody> {
    let mut response = Response::new(full(json!({ "message": text }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Leads elsewhere.
fn to(path: &'static str) -> Response<StreamBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    response
}

fn server_error() -> Response<StreamBody> {
    message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

fn preflight(headers: http::HeaderMap) -> Response<StreamBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = headers;
    response
}
