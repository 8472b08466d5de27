//! What vendors' stand-ins have in common: a real HTTP server on loopback that remembers what it took, fails on demand, and signs.
mod signed;

pub use signed::{Signed, hmac};

use crate::server::{Server, listen, serve, wait_until};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::{Request, Response};
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use tokio::sync::watch;

/// A call as it came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `POST`.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Taken {
    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The JSON; none where it is null.
    pub body: Value,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// A status with JSON.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, body, headers: Vec::new() }
    }
}

/// How a call fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// 429, with `Retry-After` in seconds.
    RateLimited(u64),
    /// Any status with JSON, and nothing done.
    Answer(u16, Value),
    /// 200 with something that is not JSON, and nothing done.
    Rubbish,
    /// No answer, and nothing done.
    Hang,
    /// The connection is closed, and nothing done.
    Reset,
    /// Done, and the connection is closed in the middle of the answer.
    Halved,
    /// Done, and no answer.
    SucceedSilently,
    /// Done and answered, but only once [`Vendor::let_go`] is called.
    Late,
}

/// What makes a vendor of the server.
pub trait Speaks: Default + Send + 'static {
    /// Does one call.
    fn answer(&mut self, call: &Taken) -> Reply;
}

struct Shared<S> {
    state: Mutex<Inner<S>>,
    changed: watch::Sender<u64>,
    let_go: watch::Sender<bool>,
    origin: String,
}

struct Inner<S> {
    vendor: S,
    faults: VecDeque<(String, Fault)>,
    taken: Vec<Taken>,
}

impl<S> Shared<S> {
    fn state(&self) -> MutexGuard<'_, Inner<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server; it ends when this is dropped.
pub struct Vendor<S> {
    shared: Arc<Shared<S>>,
    _server: Server,
}

impl<S: Speaks> Vendor<S> {
    /// A vendor on a free port.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start() -> io::Result<Self> {
        let (listener, origin) = listen().await?;
        let inner = Inner { vendor: S::default(), faults: VecDeque::new(), taken: Vec::new() };
        let (changed, let_go) = (watch::Sender::new(0), watch::Sender::new(false));
        let shared = Arc::new(Shared { state: Mutex::new(inner), changed, let_go, origin });
        let answering = shared.clone();
        let server = serve(listener, move |request| answer(request, answering.clone()));
        Ok(Self { shared, _server: server })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// All calls, failed ones too, oldest first.
    pub fn taken(&self) -> Vec<Taken> {
        self.shared.state().taken.clone()
    }

    /// Looks at what the vendor has, or changes it as its own people do.
    pub fn with<T>(&self, look: impl FnOnce(&mut S) -> T) -> T {
        let result = look(&mut self.shared.state().vendor);
        self.shared.changed.send_modify(|n| *n += 1);
        result
    }

    /// Makes the next call fail; faults queue up.
    pub fn fail_next(&self, fault: Fault) {
        self.fail_at("", fault);
    }

    /// Makes the next call fail whose `<method> <path>` has this in it.
    pub fn fail_at(&self, part: &str, fault: Fault) {
        self.shared.state().faults.push_back((part.to_owned(), fault));
    }

    /// Lets the calls that are late be done.
    pub fn let_go(&self) {
        self.shared.let_go.send_replace(true);
    }

    /// Waits until something was done here; `false` after ten seconds.
    pub async fn wait_until(&self, done: impl Fn(&Self) -> bool) -> bool {
        wait_until(&self.shared.changed, || done(self)).await
    }
}

type Answered = Response<BoxBody<Bytes, io::Error>>;

/// A call's answer. An error closes the connection.
async fn answer<S: Speaks>(request: Request<Incoming>, shared: Arc<Shared<S>>) -> io::Result<Answered> {
    let call = taken(request).await?;
    let fault = {
        let mut state = shared.state();
        let name = format!("{} {}", call.method, call.path);
        state.taken.push(call.clone());
        let at = state.faults.iter().position(|(part, _)| name.contains(part.as_str()));
        at.and_then(|at| state.faults.remove(at)).map(|(_, fault)| fault)
    };
    if fault == Some(Fault::Late) {
        shared.changed.send_modify(|n| *n += 1);
        let mut let_go = shared.let_go.subscribe();
        let _never_closed = let_go.wait_for(|let_go| *let_go).await.is_ok();
    }
    let done = matches!(fault, None | Some(Fault::SucceedSilently | Fault::Halved | Fault::Late));
    let reply = done.then(|| shared.state().vendor.answer(&call));
    shared.changed.send_modify(|n| *n += 1);
    match (fault, reply) {
        (None | Some(Fault::Late), Some(reply)) => whole(reply.status, reply.headers, text(&reply.body)),
        (Some(Fault::Halved), Some(reply)) => half(reply.status, text(&reply.body)),
        (Some(Fault::RateLimited(seconds)), _) => {
            whole(429, vec![("retry-after", seconds.to_string())], r#"{"message":"slow down"}"#.into())
        }
        (Some(Fault::Answer(status, body)), _) => whole(status, Vec::new(), text(&body)),
        (Some(Fault::Rubbish), _) => whole(200, Vec::new(), "<html>maintenance</html>".into()),
        (Some(Fault::Hang | Fault::SucceedSilently), _) => std::future::pending().await,
        _ => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

async fn taken(request: Request<Incoming>) -> io::Result<Taken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
    };
    let path = head.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    Ok(Taken { method: head.method.to_string(), path, headers: head.headers.iter().map(header).collect(), body })
}

fn text(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string() }
}

fn whole(status: u16, headers: Vec<(&'static str, String)>, body: String) -> io::Result<Answered> {
    let mut response = Response::builder().status(status).header("content-type", "application/json;charset=UTF-8");
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed();
    response.body(body).map_err(io::Error::other)
}

fn half(status: u16, body: String) -> io::Result<Answered> {
    let first = body.get(..body.len() / 2).unwrap_or_default().to_owned();
    let body = Halved(VecDeque::from([Ok(first), Err(io::ErrorKind::ConnectionReset.into())]));
    Response::builder().status(status).body(body.boxed()).map_err(io::Error::other)
}

/// A body that breaks off.
struct Halved(VecDeque<io::Result<String>>);

impl Body for Halved {
    type Data = Bytes;
    type Error = io::Error;
    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front().map(|part| part.map(|text| Frame::data(Bytes::from(text)))))
    }
}
