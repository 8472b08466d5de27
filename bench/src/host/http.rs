//! A client that keeps its connection, and does as little as possible beside.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::problem::Problem;

/// One connection.
pub struct Client {
    address: String,
    connection: SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects to `host:port`.
    pub async fn connect(address: &str) -> Result<Self, Problem> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self { address: address.to_owned(), connection })
    }

    /// Posts JSON; what is not 200 is a problem.
    pub async fn post(&mut self, key: Option<&str>, path: &str, body: String) -> Result<Value, Problem> {
        let (status, answer) = self.call(Request::post(path), key, body).await?;
        if status == StatusCode::OK { Ok(answer) } else { Err(format!("{path}: {status}: {answer}").into()) }
    }

    /// Reads JSON; what is not 200 is a problem.
    pub async fn get(&mut self, key: &str, path: &str) -> Result<Value, Problem> {
        let (status, answer) = self.call(Request::get(path), Some(key), String::new()).await?;
        if status == StatusCode::OK { Ok(answer) } else { Err(format!("{path}: {status}: {answer}").into()) }
    }

    /// Sends a request, whatever comes of it; null where that is no JSON.
    pub async fn call(
        &mut self,
        request: Builder,
        key: Option<&str>,
        body: String,
    ) -> Result<(StatusCode, Value), Problem> {
        let request = request.header("host", &self.address).header("content-type", "application/json");
        let request = match key {
            Some(key) => request.header("authorization", format!("Bearer {key}")),
            None => request,
        };
        if self.connection.ready().await.is_err() {
            // The host closes a connection that rested for half a minute.
            *self = Self::connect(&self.address).await?;
            self.connection.ready().await?;
        }
        let answer = self.connection.send_request(request.body(Full::new(body.into()))?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}
