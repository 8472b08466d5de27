//! The gateway over real HTTP.

use bytes::Bytes;
use futures::{FutureExt, stream};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use lambda_http::{Body, RequestExt};
use local::gateway::{Gateway, Options};
use local::handlers::{Handler, Handlers};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

use super::template::small;
use super::{counting_ids, manual_clock};

/// What a toy handler saw of its request, as JSON.
fn echo(request: &lambda_http::Request) -> Value {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": request.uri().query(),
        "id": request.path_parameters().first("id"),
        "two": request.query_string_parameters().all("two"),
        "cookie": header("cookie"),
        "x-many": header("x-many"),
        "body": match request.body() {
            Body::Text(text) => json!(text),
            Body::Binary(bytes) => json!({ "bytes": bytes.len() }),
            _ => Value::Null,
        },
    })
}

fn handlers(dropped: mpsc::UnboundedSender<()>) -> Handlers {
    let http = Handler::Http(Arc::new(move |request| {
        let dropped = dropped.clone();
        async move {
            match request.uri().path() {
                "/echo/panic" => panic!("a bug"),
                "/echo/hang" => {
                    let _last_words = LastWords(dropped);
                    std::future::pending::<()>().await;
                }
                _ => {}
            }
            Response::builder()
                .status(201)
                .header("access-control-allow-origin", "evil")
                .body(Body::Text(echo(&request).to_string()))
                .unwrap()
        }
        .boxed()
    }));
    let streaming = Handler::Stream(Arc::new(|_| {
        let parts = ["data: 1\n\n", "data: 2\n\n"].map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes()))));
        async move { Response::new(StreamBody::new(stream::iter(parts)).boxed_unsync()) }.boxed()
    }));
    let event = || Handler::Event(Arc::new(|_| async { Ok(Value::Null) }.boxed()));
    Handlers::default().with("poll", http).with("wait", streaming).with("relay", event()).with("dispatch", event())
}

/// Says so when it is dropped.
struct LastWords(mpsc::UnboundedSender<()>);

impl Drop for LastWords {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

struct Served {
    client: http1::SendRequest<Full<Bytes>>,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
    dropped: mpsc::UnboundedReceiver<()>,
}

async fn serve() -> Served {
    let (words, dropped) = mpsc::unbounded_channel();
    let options = Options { drain: Duration::from_secs(1), ..Options::default() };
    let handlers = handlers(words);
    let template = small();
    assert_eq!(handlers.targets(&template).unwrap().len(), 2);
    let gateway = Gateway::new(&template, &handlers, options, manual_clock().1, counting_ids()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(gateway.serve(listener, async { stopped.await.unwrap_or(()) }));
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    Served { client, stop, ended, dropped }
}

fn request(method: &str, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri(path).header("host", "localhost:3000").body(Full::new(body.into())).unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_request_reaches_its_function_as_an_http_api_hands_it_on() {
    let mut served = serve().await;
    let mut get = request("GET", "/approvals/a%2Fb?two=1&two=2&x=%20", Bytes::new());
    for (name, value) in [("cookie", "a=1; b=2"), ("x-many", "1"), ("x-many", "2")] {
        get.headers_mut().append(name, value.parse().unwrap());
    }
    let answer = served.client.send_request(get).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    assert_eq!(answer.headers()["apigw-requestid"], "id-1");
    let seen: Value = serde_json::from_str(&text(answer).await).unwrap();
    assert_eq!(
        seen,
        json!({
            "method": "GET", "path": "/approvals/a%2Fb", "query": "two=1&two=2&x=%20", "id": "a/b",
            "two": ["1", "2"], "cookie": "a=1; b=2", "x-many": "1,2", "body": null,
        })
    );
    for (kind, body, wanted) in [
        ("application/json", &b"{}"[..], json!("{}")),
        ("application/json", &b"\xff\xfe"[..], json!({ "bytes": 2 })),
        ("application/x-www-form-urlencoded", &b"payload=x"[..], json!({ "bytes": 9 })),
    ] {
        let mut post = request("POST", "/echo/x/y", Bytes::from_static(body));
        post.headers_mut().insert("content-type", kind.parse().unwrap());
        let answer = served.client.send_request(post).await.unwrap();
        let seen: Value = serde_json::from_str(&text(answer).await).unwrap();
        assert_eq!(seen["body"], wanted, "{kind}");
    }
}

#[tokio::test]
async fn the_gateway_answers_for_itself_where_aws_does() {
    let mut served = serve().await;
    for (request, status, body) in [
        (request("GET", "/nowhere", Bytes::new()), 404, r#"{"message":"Not Found"}"#),
        (request("POST", "/approvals/x", Bytes::new()), 404, r#"{"message":"Not Found"}"#),
        (request("GET", "/echo/panic", Bytes::new()), 500, r#"{"message":"Internal Server Error"}"#),
        (
            request("POST", "/echo/x", vec![b'x'; 10 * 1024 * 1024 + 1]),
            413,
            r#"{"message":"Request Entity Too Large"}"#,
        ),
    ] {
        let answer = served.client.send_request(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(text(answer).await, body);
        served = serve().await;
    }
}

#[tokio::test]
async fn a_streaming_function_streams() {
    let mut served = serve().await;
    let answer = served.client.send_request(request("GET", "/wait", Bytes::new())).await.unwrap();
    assert!(answer.headers().contains_key("transfer-encoding"));
    assert_eq!(text(answer).await, "data: 1\n\ndata: 2\n\n");
}

#[tokio::test]
async fn a_preflight_is_answered_and_an_answer_marked() {
    let mut served = serve().await;
    let mut preflight = request("OPTIONS", "/approvals/x", Bytes::new());
    preflight.headers_mut().insert("origin", "https://app.example".parse().unwrap());
    preflight.headers_mut().insert("access-control-request-method", "GET".parse().unwrap());
    let answer = served.client.send_request(preflight).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
    assert_eq!(answer.headers()["access-control-allow-methods"], "GET,POST");
    assert_eq!(answer.headers()["access-control-max-age"], "60");

    let mut get = request("GET", "/approvals/x", Bytes::new());
    get.headers_mut().insert("origin", "https://app.example".parse().unwrap());
    let answer = served.client.send_request(get).await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
}

#[tokio::test]
async fn a_caller_that_hangs_up_ends_the_handler() {
    let Served { mut client, mut dropped, stop, ended } = serve().await;
    let hanging = tokio::spawn(async move {
        let _ = client.send_request(request("GET", "/echo/hang", Bytes::new())).await;
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    hanging.abort();
    dropped.recv().await.unwrap();
    stop.send(()).unwrap();
    ended.await.unwrap();
}

#[tokio::test]
async fn a_stop_waits_for_what_is_under_way_but_not_for_ever() {
    let Served { mut client, stop, ended, .. } = serve().await;
    let hanging = tokio::spawn(async move { client.send_request(request("GET", "/echo/hang", Bytes::new())).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.send(()).unwrap();
    ended.await.unwrap();
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn a_function_without_code_is_an_error_at_the_start() {
    let error = Handlers::default().targets(&small()).err().unwrap().to_string();
    assert!(error.contains("not registered"), "{error}");
}
