//! AWS as the functions reach it, at one address: the table, the secrets, the bus and the WebSocket connections, over real HTTP. The access
//! key is the calling function's name, and every call is written down as the permission it needs.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use local::calls::kinds;
use local::engine::Engine;
use local::events::bus::Bus;
use local::sockets::Sockets;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::tls::Authority;

/// Every function's session token.
pub const SESSION: &str = "IQoJb3JpZ2luX2VjEStandIn";
/// Every function's secret key.
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// AWS.
#[derive(Clone)]
pub struct Aws {
    /// `http://127.0.0.1:<port>`, or `https`.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    secrets: BTreeMap<String, String>,
    world: OnceLock<World>,
    calls: Mutex<Vec<String>>,
}

/// What is behind the address.
struct World {
    engine: Engine,
    bus: Bus,
    sockets: Sockets,
}

struct Reply {
    status: u16,
    error: Option<&'static str>,
    body: Vec<u8>,
}

impl Aws {
    /// Starts with these secrets, by name.
    pub async fn start(secrets: BTreeMap<String, String>) -> Self {
        Self::serve(secrets, None).await
    }

    /// The same over TLS.
    pub async fn start_over_tls(secrets: BTreeMap<String, String>, authority: &Authority) -> Self {
        Self::serve(secrets, Some(authority.acceptor())).await
    }

    async fn serve(secrets: BTreeMap<String, String>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { secrets, world: OnceLock::new(), calls: Mutex::default() });
        let serving = shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serving.clone().accept(stream, tls.clone()));
            }
        });
        Self { url, shared }
    }

    /// Says which table, bus and connections these are.
    pub fn connect(&self, engine: Engine, bus: Bus, sockets: Sockets) {
        assert!(self.shared.world.set(World { engine, bus, sockets }).is_ok());
    }

    /// What was called: `<function> <action> <resource>`.
    pub fn calls(&self) -> BTreeSet<String> {
        self.shared.calls.lock().unwrap().iter().cloned().collect()
    }

    /// The same, each as often as it was called since this was last asked.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.calls.lock().unwrap())
    }
}

impl Shared {
    async fn accept(self: Arc<Self>, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(tls) = tls else { return self.connection(stream).await };
        // A client that does not believe the certificate hangs up.
        let Ok(stream) = tls.accept(stream).await else { return };
        self.connection(stream).await;
    }

    async fn connection(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(move |request| {
            let shared = self.clone();
            async move { Ok::<_, Infallible>(shared.answer(request).await.response()) }
        });
        let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Reply {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let target = header(&head.headers, "x-amz-target").to_owned();
        let (service, operation) = match target.split_once('.') {
            Some(("DynamoDB_20120810", operation)) => ("dynamodb", operation),
            Some(("secretsmanager", operation)) => ("secretsmanager", operation),
            Some(("AWSEvents", operation)) => ("events", operation),
            _ => ("execute-api", "ManageConnections"),
        };
        let Some(function) = signer(&head.headers, service) else {
            return Reply::error(403, "AccessDeniedException", "the call is not signed as it must be");
        };
        self.write_down(&function, service, operation, &body);
        match service {
            "dynamodb" => self.world().engine.execute(operation, body.to_vec()).await.into(),
            "events" if operation == "PutEvents" => self.world().bus.put_events(&body).into(),
            "secretsmanager" if operation == "GetSecretValue" => self.secret(&body),
            "execute-api" => {
                let answer = self.world().sockets.manage(head.method.as_str(), head.uri.path(), body);
                Reply { status: answer.status, error: answer.error, body: answer.body }
            }
            _ => Reply::error(400, "UnknownOperationException", operation),
        }
    }

    fn world(&self) -> &World {
        self.world.get().expect("AWS is not connected to anything yet")
    }

    fn secret(&self, body: &[u8]) -> Reply {
        let asked: Value = serde_json::from_slice(body).unwrap();
        let name = asked["SecretId"].as_str().unwrap_or_default();
        let Some(text) = self.secrets.get(name) else {
            return Reply::error(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        };
        let found = json!({ "ARN": name, "Name": name, "SecretString": text, "VersionStages": ["AWSCURRENT"] });
        Reply { status: 200, error: None, body: found.to_string().into_bytes() }
    }

    fn write_down(&self, function: &str, service: &str, operation: &str, body: &[u8]) {
        if service == "dynamodb" {
            let kinds = kinds(operation, body).into_iter().map(|kind| format!("{function} {kind}"));
            return self.calls.lock().unwrap().extend(kinds);
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut calls = self.calls.lock().unwrap();
        for (operation, resource) in needed(service, operation, &body) {
            calls.push(format!("{function} {service}:{operation} {resource}"));
        }
    }
}

/// The permissions an operation needs, as IAM names them: an action and what it is done to.
fn needed(service: &str, operation: &str, body: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |resource: String| vec![(operation.to_owned(), resource)];
    match (service, operation) {
        ("secretsmanager", _) => one(text(&body["SecretId"])),
        ("events", _) => {
            body["Entries"].as_array().into_iter().flatten().flat_map(|_| one("EventBus".to_owned())).collect()
        }
        _ => one("SocketApi".to_owned()),
    }
}

/// Who signed a call for a service (Signature Version 4); none where it is not signed for that, or without the session.
fn signer(headers: &HeaderMap, service: &str) -> Option<String> {
    let signed = header(headers, "authorization").strip_prefix("AWS4-HMAC-SHA256 Credential=")?;
    let (scope, rest) = signed.split_once(", ")?;
    let [key, _day, "us-east-1", scoped, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
        return None;
    };
    let whole = rest.starts_with("SignedHeaders=") && rest.contains(", Signature=");
    let session = header(headers, "x-amz-security-token") == SESSION;
    (whole && session && scoped == service).then(|| key.to_owned())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl From<(u16, Vec<u8>)> for Reply {
    fn from((status, body): (u16, Vec<u8>)) -> Self {
        Self { status, error: None, body }
    }
}

impl Reply {
    fn error(status: u16, error: &'static str, message: &str) -> Self {
        let body = json!({ "__type": error, "message": message }).to_string().into_bytes();
        Self { status, error: Some(error), body }
    }

    fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status).header("content-type", "application/x-amz-json-1.0");
        if let Some(error) = self.error {
            response = response.header("x-amzn-errortype", error);
        }
        response.body(Full::new(self.body.into())).unwrap()
    }
}
