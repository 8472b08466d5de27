//! A Slack that agrees to everything, and notes each card that is updated: nothing but the expiry updates one here.

use bytes::Bytes;
use domain::ApprovalId;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream};

use super::sightings::Sightings;
use crate::problem::Problem;

/// An id's characters after `appr_`.
const ID: usize = 26;

/// The ids of the approvals whose cards were posted. A card's `ts` is its place in here.
type Posted = Arc<Mutex<Vec<String>>>;

/// Starts it, for as long as the process lives; its Web API's address.
pub(super) async fn start(seen: Sightings) -> Result<String, Problem> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/api", listener.local_addr()?);
    let posted = Posted::default();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, posted.clone(), seen.clone()));
        }
    });
    Ok(url)
}

async fn connection(stream: TcpStream, posted: Posted, seen: Sightings) {
    let service = service_fn(move |request| answer(request, posted.clone(), seen.clone()));
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    posted: Posted,
    seen: Sightings,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    let ts = match path.rsplit('/').next() {
        Some("chat.postMessage") => post(&body, &posted),
        Some("chat.update") => update(&body, &posted, &seen),
        _ => String::new(),
    };
    let yes = json!({
        "ok": true, "team_id": "T0", "user_id": "U0", "bot_id": "B0", "channel": "C0123", "ts": ts, "message": { "app_id": "A0" },
    });
    Ok(Response::new(Full::new(yes.to_string().into())))
}

/// Keeps which approval a new card is of; the card's `ts`.
fn post(body: &[u8], posted: &Posted) -> String {
    let mut posted = posted.lock().unwrap_or_else(PoisonError::into_inner);
    posted.push(id_in(&String::from_utf8_lossy(body)).unwrap_or_default());
    format!("1767225601.{:06}", posted.len() - 1)
}

/// Notes that a card is updated; the card's `ts`.
fn update(body: &[u8], posted: &Posted, seen: &Sightings) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let ts = body.get("ts").and_then(Value::as_str).unwrap_or_default();
    let place = ts.split('.').next_back().and_then(|place| place.parse::<usize>().ok());
    let posted = posted.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = place.and_then(|place| posted.get(place)) {
        seen.note(id);
    }
    ts.to_owned()
}

/// The first approval's id in a text.
fn id_in(text: &str) -> Option<String> {
    let ids = text.match_indices("appr_").filter_map(|(at, word)| text.get(at..at + word.len() + ID));
    ids.filter(|id| ApprovalId::parse(id).is_some()).map(str::to_owned).next()
}
