//! The handshake: a request to upgrade, the function's word on it, and the connection that follows.

use bytes::Bytes;
use futures::TryFutureExt as _;
use http::header::{CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::connection::Connection;
use super::event::Occasion;
use super::farewell::Ending;
use super::routes::{FAILED, status};
use super::shared::Shared;
use crate::code::StreamBody;
use crate::gateway::full;

/// Answers a request to the API's address. What it sets off goes on even where the client does not wait for it.
pub(super) async fn answer(
    shared: Arc<Shared>,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<StreamBody> {
    let accepted = match create_response_with_body(&request, || full(Bytes::new())) {
        Ok(accepted) => accepted,
        Err(error) => return no_handshake(&error.to_string()),
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let (answer, answered) = oneshot::channel();
    tokio::spawn(see_through(shared, Handshake { parts, peer, accepted, upgrade, answer }));
    answered.unwrap_or_else(|_| refusal(StatusCode::BAD_GATEWAY, &json!({ "message": FAILED }))).await
}

struct Handshake {
    parts: Parts,
    peer: SocketAddr,
    accepted: Response<StreamBody>,
    upgrade: OnUpgrade,
    answer: oneshot::Sender<Response<StreamBody>>,
}

/// Sees a connection through, from the function's word on it to its end.
async fn see_through(shared: Arc<Shared>, handshake: Handshake) {
    let Handshake { parts, peer, accepted, upgrade, answer } = handshake;
    let _open = shared.open.one();
    let (connection, outbox) =
        Connection::new(shared.connection_id(), shared.limits, shared.clock.clone(), &parts, peer);
    let connection = Arc::new(connection);
    let response = match admission(&shared, &connection, &parts).await {
        Ok(protocol) => with_protocol(accepted, protocol),
        Err(refused) => return drop(answer.send(refused)),
    };
    // Before the client knows: a post that follows on its first word must find it, and waits here for the upgrade.
    shared.admit(&connection);
    let _ = answer.send(response);
    match upgrade.await {
        Ok(upgraded) => connection.run(&shared, upgraded, outbox).await,
        Err(_) => {
            shared.forget(&connection);
            shared.disconnected(&connection, &Ending::lost()).await;
        }
    }
}

/// The function's word: the subprotocol it chose, or the answer that keeps the client out.
async fn admission(
    shared: &Shared,
    connection: &Connection,
    request: &Parts,
) -> Result<Option<HeaderValue>, Response<StreamBody>> {
    let occasion = shared.occasion(connection, "$connect");
    let answer = match shared.invoke("$connect", occasion.connect(request)).await {
        None => return Ok(None),
        Some(Ok(answer)) => answer,
        Some(Err(sentence)) => return Err(failure(&occasion, sentence)),
    };
    match status(&answer).map(StatusCode::from_u16) {
        Some(Ok(status)) if status.is_success() => Ok(protocol(&answer)),
        // The client learns the status and nothing else, as on AWS.
        Some(Ok(status)) if !status.is_informational() => Err(bare(status)),
        _ => Err(failure(&occasion, FAILED)),
    }
}

fn protocol(answer: &Value) -> Option<HeaderValue> {
    let headers = answer.get("headers")?.as_object()?;
    let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(SEC_WEBSOCKET_PROTOCOL.as_str()));
    HeaderValue::from_str(header?.1.as_str()?).ok()
}

fn with_protocol(mut response: Response<StreamBody>, protocol: Option<HeaderValue>) -> Response<StreamBody> {
    response.headers_mut().extend(protocol.map(|protocol| (SEC_WEBSOCKET_PROTOCOL, protocol)));
    response
}

/// The function failed: that is a bad gateway to the client.
fn failure(occasion: &Occasion<'_>, sentence: &str) -> Response<StreamBody> {
    let status = if sentence == FAILED { StatusCode::BAD_GATEWAY } else { StatusCode::GATEWAY_TIMEOUT };
    refusal(status, &occasion.complaint(sentence))
}

/// A request that is no handshake; AWS does not say what it answers, RFC 6455 and 9110 do.
fn no_handshake(problem: &str) -> Response<StreamBody> {
    let message = format!("This is a WebSocket API: {problem}");
    let mut response = refusal(StatusCode::UPGRADE_REQUIRED, &json!({ "message": message }));
    response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    response.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

fn refusal(status: StatusCode, json: &Value) -> Response<StreamBody> {
    let mut response = bare(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = full(json.to_string());
    response
}

fn bare(status: StatusCode) -> Response<StreamBody> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}
