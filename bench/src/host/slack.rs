//! A Slack that agrees to everything.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::convert::Infallible;
use tokio::net::{TcpListener, TcpStream};

use crate::problem::Problem;

/// Starts it, for as long as the process lives; its Web API's address.
pub async fn start() -> Result<String, Problem> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/api", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream));
        }
    });
    Ok(url)
}

async fn connection(stream: TcpStream) {
    let _ended =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let yes = json!({
        "ok": true, "team_id": "T0", "user_id": "U0", "bot_id": "B0", "channel": "C0123", "ts": "1767225601.000001",
        "message": { "app_id": "A0" },
    });
    Ok(Response::new(Full::new(yes.to_string().into())))
}
