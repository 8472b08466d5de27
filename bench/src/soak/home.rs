//! Where agents are called back: takes every call, and remembers the outcomes that it got.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream};

use crate::problem::Problem;

/// The outcomes that each approval's agent got, call by call.
type Calls = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

/// The address, and what came to it.
pub struct Home {
    /// `http://127.0.0.1:<port>/called`.
    pub url: String,
    calls: Calls,
}

impl Home {
    /// Starts.
    pub async fn start() -> Result<Self, Problem> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/called", listener.local_addr()?);
        let calls = Calls::default();
        let serving = calls.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, serving.clone()));
            }
        });
        Ok(Self { url, calls })
    }

    /// The outcomes that arrived for an approval.
    pub fn told(&self, id: &str) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned().unwrap_or_default()
    }
}

async fn connection(stream: TcpStream, calls: Calls) {
    let service = service_fn(move |request| take(request, calls.clone()));
    let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn take(request: Request<Incoming>, calls: Calls) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| told.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
    calls.entry(text("/data/requestId")).or_default().push(text("/data/status"));
    Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))
}
