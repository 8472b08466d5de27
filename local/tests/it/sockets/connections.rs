//! Connections: let in or kept out, and how they end.

use futures::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use local::sockets::Limits;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{post, serve};

#[tokio::test]
async fn the_function_is_asked_as_a_websocket_api_asks() {
    let mut served = serve(Limits::default()).await;
    let mut request = format!("ws://{}/ws?one=a%20b&two=1&two=2", served.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "countersign".parse().unwrap());
    request.headers_mut().insert("user-agent", "agent/1".parse().unwrap());
    let stream = TcpStream::connect(served.address).await.unwrap();
    let (_talker, response) = client_async(request, stream).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "countersign");
    let mut event = served.event("CONNECT").await;
    assert_eq!(event["headers"]["User-Agent"], "agent/1");
    assert_eq!(event["multiValueHeaders"]["Sec-WebSocket-Version"], json!(["13"]));
    assert_eq!(event["headers"]["X-Forwarded-For"], "127.0.0.1");
    assert_eq!(event["queryStringParameters"], json!({ "one": "a b", "two": "2" }));
    assert_eq!(event["multiValueQueryStringParameters"], json!({ "one": ["a b"], "two": ["1", "2"] }));
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(
        event["requestContext"].take(),
        json!({
            "routeKey": "$connect", "eventType": "CONNECT", "messageDirection": "IN", "stage": "live", "apiId": "local",
            "connectionId": "id-1=", "requestId": "id-2", "extendedRequestId": "id-2",
            "connectedAt": 1_790_000_000_000_i64, "requestTimeEpoch": 1_790_000_000_000_i64,
            "requestTime": "21/Sep/2026:14:13:20 +0000", "domainName": "127.0.0.1",
            "identity": { "sourceIp": "127.0.0.1", "userAgent": "agent/1" },
        })
    );
}

#[tokio::test]
async fn a_client_is_kept_out_by_the_functions_word_or_failure() {
    let served = serve(Limits::default()).await;
    for (query, status, body) in [
        ("?do=refuse", 401, ""),
        ("?do=fail", 502, "Internal server error"),
        ("?do=panic", 502, "Internal server error"),
        ("?do=mumble", 502, "Internal server error"),
        ("?do=switch", 502, "Internal server error"),
    ] {
        let Err(Error::Http(response)) = served.try_connect(query).await else { panic!("{query}") };
        assert_eq!(response.status(), status, "{query}");
        let length = response.headers()["content-length"].to_str().unwrap().parse::<usize>().unwrap();
        assert_eq!(length == 0, body.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_told_so() {
    let served = serve(Limits::default()).await;
    let stream = TcpStream::connect(served.address).await.unwrap();
    let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("/ws?token=secret").body(Empty::<bytes::Bytes>::new()).unwrap();
    let answer = client.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 426);
    assert_eq!(answer.headers()["upgrade"], "websocket");
    let body: Value = serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert!(body["message"].as_str().unwrap().starts_with("This is a WebSocket API"), "{body}");
}

#[tokio::test]
async fn what_a_websocket_api_does_not_take_closes_the_connection() {
    let mut served = serve(Limits::default()).await;
    let (frame, message) = (32 * 1024, 128 * 1024);
    let part = |kind, size, last| Message::Frame(Frame::message(vec![b'x'; size], OpCode::Data(kind), last));
    let whole = |last| {
        let middle = (0..3).map(|_| part(Data::Continue, frame, false));
        std::iter::once(part(Data::Text, frame, false)).chain(middle).chain([part(Data::Continue, last, true)])
    };
    for (sent, wanted) in [
        (vec![Message::binary("x")], (1003, "Binary frames are not supported")),
        (vec![Message::text("x".repeat(frame + 1))], (1009, "Message too long")),
        (vec![Message::text("x".repeat(10 * message))], (1009, "Message too long")),
        (whole(1).collect(), (1009, "Message too long")),
        (vec![part(Data::Continue, 1, true)], (1002, "Protocol error")),
    ] {
        let (mut talker, _) = served.connect("").await;
        for message in sent {
            // The server may have had enough before the last of it.
            let _ = talker.send(message).await;
        }
        let (code, reason) = served.closing(&mut talker).await;
        assert_eq!((code, reason.as_str()), wanted);
    }
    let (mut talker, _) = served.connect("").await;
    for message in whole(0) {
        talker.send(message).await.unwrap();
    }
    assert_eq!(super::next_text(&mut talker).await, format!("heard {message}"));
}

#[tokio::test]
async fn a_connection_ends_when_it_is_idle_or_old() {
    let short = Duration::from_millis(40);
    for limits in [Limits { idle: short, ..Limits::default() }, Limits { longest: short, ..Limits::default() }] {
        let mut served = serve(limits).await;
        let (mut talker, id) = served.connect("").await;
        assert_eq!(served.closing(&mut talker).await, (1001, "Going away".to_owned()));
        assert!(post(&served.client, &id, "late").await.unwrap_err().is_gone_exception());
    }
}

#[tokio::test]
async fn what_is_said_and_heard_keeps_a_connection_from_being_idle() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    for turn in 1..=4 {
        served.now.fetch_add(60_000, Ordering::Relaxed);
        match turn % 2 {
            0 => talker.send(Message::Ping("still here".into())).await.unwrap(),
            _ => post(&served.client, &id, "still there").await.unwrap(),
        }
        let heard = talker.next().await.unwrap().unwrap();
        assert_eq!(heard.is_pong(), turn % 2 == 0, "{heard}");
        let found = served.client.get_connection().connection_id(&id).send().await.unwrap();
        assert_eq!(found.last_active_at().unwrap().secs(), 1_790_000_000 + 60 * turn);
    }
}

#[tokio::test]
async fn a_goodbye_reaches_the_function() {
    let mut served = serve(Limits::default()).await;
    let frame = CloseFrame { code: CloseCode::from(4001), reason: "bored".into() };
    for (frame, code, reason) in [(Some(frame), 4001, "bored"), (None, 1005, "Client-side close frame status not set")]
    {
        let (mut talker, id) = served.connect("").await;
        talker.close(frame).await.unwrap();
        while talker.next().await.is_some() {}
        let event = served.event("DISCONNECT").await;
        assert_eq!(event["requestContext"]["routeKey"], "$disconnect");
        assert_eq!(event["requestContext"]["connectionId"], id);
        assert_eq!(event["requestContext"]["disconnectStatusCode"], code);
        assert_eq!(event["requestContext"]["disconnectReason"], reason);
    }
    let (talker, _) = served.connect("").await;
    drop(talker);
    assert_eq!(served.event("DISCONNECT").await["requestContext"]["disconnectStatusCode"], 1006);
}

#[tokio::test]
async fn a_client_that_hangs_up_before_it_is_let_in_is_seen_off() {
    let mut served = serve(Limits::default()).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = "GET /ws?do=post HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    drop(stream);
    served.event("CONNECT").await;
    assert_eq!(served.event("DISCONNECT").await["requestContext"]["disconnectStatusCode"], 1006);
}

#[tokio::test]
async fn a_stop_closes_every_connection_and_does_not_wait_for_one_that_is_stuck() {
    let mut served = serve(Limits { farewell: Duration::from_millis(200), ..Limits::default() }).await;
    let (mut talker, _) = served.connect("").await;
    let (_stuck, id) = served.connect("").await;
    while post(&served.client, &id, vec![b'x'; 100_000]).await.is_ok() {
        tokio::task::yield_now().await;
    }
    served.stop.send(()).unwrap();
    let Message::Close(Some(frame)) = talker.next().await.unwrap().unwrap() else { panic!("no goodbye") };
    assert_eq!(u16::from(frame.code), 1001);
    drop(talker);
    served.ended.await.unwrap();
    for _ in 0..2 {
        assert_eq!(served.events.recv().await.unwrap()["requestContext"]["disconnectStatusCode"], 1001);
    }
    served.sockets.closed().await;
}
