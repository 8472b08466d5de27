//! Agents that ask, each for one approval, and wait on a WebSocket of their own until it has expired.

use futures::StreamExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::sightings::{Asked, Sightings};
use crate::host::http::Client;
use crate::host::system::{System, request};
use crate::problem::Problem;
use crate::speed::waits::{Socket, connect};

/// Has so many agents ask, evenly over a time, and waits until each has learned of the expiry.
pub(super) async fn ask(
    system: &Arc<System>,
    (count, over): (usize, Duration),
    told: &Sightings,
) -> Result<Vec<Asked>, Problem> {
    let (began, mut at_work) = (Instant::now(), JoinSet::new());
    for n in 0..count {
        let at = began + over.mul_f64(n as f64 / count as f64);
        at_work.spawn(agent(system.clone(), at, told.clone()));
    }
    let mut asked = Vec::new();
    while let Some(one) = at_work.join_next().await {
        asked.push(one??);
    }
    Ok(asked)
}

async fn agent(system: Arc<System>, at: Instant, told: Sightings) -> Result<Asked, Problem> {
    sleep_until(at).await;
    let mut client = Client::connect(&system.address).await?;
    let mut body = request();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("action".into(), json!("mail.soon"));
    }
    let answer = client.post(Some(&system.keys.agent), "/api/guard/request", body.to_string()).await?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).ok_or_else(|| format!("no {name} in {answer}"));
    let asked = Asked { id: text("requestId")?.to_owned(), deadline: text("expiresAt")?.parse()? };
    let mut socket = connect(&system, text("token")?).await?;
    until_expired(&mut socket).await?;
    told.note(&asked.id);
    socket.close(None).await?;
    Ok(asked)
}

/// Reads until the expiry is pushed.
async fn until_expired(socket: &mut Socket) -> Result<(), Problem> {
    loop {
        match socket.next().await.ok_or("the connection was closed")?? {
            Message::Text(text) if text.contains("\"expired\"") => return Ok(()),
            Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
}
