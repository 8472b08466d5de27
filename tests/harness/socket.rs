//! A WebSocket client of a host.

use super::documented::must_be_a_wait_answer;
use super::{PATIENCE, System};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The newest number of each request's states.
    newest: HashMap<String, u64>,
}

impl Socket {
    /// Connects, with `?token=` where there is one; else the status that refused it.
    pub async fn connect(system: &System, token: Option<&str>) -> Result<Self, u16> {
        let address = system.url.replacen("http", "ws", 1);
        let query = token.map(|token| format!("?token={token}")).unwrap_or_default();
        match connect_async(format!("{address}/ws{query}").into_client_request().unwrap()).await {
            Ok((stream, _)) => Ok(Self { stream, newest: HashMap::new() }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Connects and waits for what a token belongs to.
    pub async fn wait_for(system: &System, token: &str) -> Self {
        Self::connect(system, Some(token)).await.unwrap()
    }

    /// Sends a text.
    pub async fn send(&mut self, text: impl Into<String>) {
        self.stream.send(Message::text(text.into())).await.unwrap();
    }

    /// Subscribes to what a token belongs to.
    pub async fn subscribe(&mut self, token: &str) {
        self.send(json!({ "action": "subscribe", "token": token }).to_string()).await;
    }

    /// The same where the connection may be closed by now.
    pub async fn try_subscribe(&mut self, token: &str) -> Result<(), Error> {
        self.stream.send(Message::text(json!({ "action": "subscribe", "token": token }).to_string())).await
    }

    /// Everything that still comes until the other side closes the connection.
    pub async fn until_closed(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("nothing came") {
                Some(Ok(Message::Text(text))) => all.push(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(_) | None => return all,
            }
        }
    }

    /// The next message; none about a request is older than the one before.
    pub async fn next(&mut self) -> Value {
        let told = self.read().await;
        if let (Some(id), Some(seq)) = (told["requestId"].as_str(), told["data"]["seq"].as_u64()) {
            let newest = self.newest.entry(id.to_owned()).or_default();
            assert!(*newest <= seq, "went back: {told}");
            must_be_a_wait_answer(&told["data"]);
            *newest = seq;
        }
        told
    }

    async fn read(&mut self) -> Value {
        loop {
            let next = timeout(PATIENCE, self.stream.next()).await.expect("nothing came");
            match next.expect("the connection was closed").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Messages about a request until it has ended; what still comes about others is passed over.
    pub async fn until_over(&mut self, id: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let told = self.next().await;
            assert_eq!(told["event"], "state", "{told}");
            if told["requestId"] != id {
                continue;
            }
            let over = ["approved", "denied", "expired"].contains(&told["data"]["status"].as_str().unwrap());
            all.push(told);
            if over {
                return all;
            }
        }
    }

    /// Whether nothing more comes: a ping is answered before anything else.
    pub async fn is_quiet(&mut self) -> bool {
        self.send(r#"{"action":"ping"}"#).await;
        self.next().await == json!({ "event": "pong" })
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        self.stream.close(None).await.unwrap();
        while self.stream.next().await.is_some_and(|rest| rest.is_ok()) {}
    }
}
