//! What the vendors' servers have in common: HTTP on loopback, and waiting until something was done there.

use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server; it ends, with its connections, when this is dropped.
pub(crate) struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A free port, and its origin: `http://127.0.0.1:<port>`.
pub(crate) async fn listen() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}

/// Answers every request. An error closes the connection.
pub(crate) fn serve<F, A, B>(listener: TcpListener, answer: F) -> Server
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = io::Result<Response<B>>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    Server(tokio::spawn(async move {
        // Held here, the connections end with the server.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(answer.clone());
            connections.spawn(async move {
                let http = hyper::server::conn::http1::Builder::new();
                let _ended = http.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }))
}

/// Waits until something was done, looking again at every change; `false` after ten seconds.
pub(crate) async fn wait_until(changed: &watch::Sender<u64>, done: impl Fn() -> bool) -> bool {
    let mut changed = changed.subscribe();
    let wait = async {
        while !done() {
            if changed.changed().await.is_err() {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or(false)
}
