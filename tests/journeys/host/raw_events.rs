//! Events as a gateway hands them to a deployed function: whatever is in them, the function answers, and goes on.

use crate::harness::System;
use http_body_util::BodyExt as _;
use lambda::{Arrived, Lines, Observer, run};
use lambda_http::{Context, LambdaEvent};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::sync::Arc;

/// An event of the HTTP API; a Function URL's has the same format.
fn event(path: &str, query: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": { "host": "api.example.com", "x-forwarded-proto": "https" }, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "a.lambda-url.us-east-1.on.aws", "domainPrefix": "a",
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default", "time": "t", "timeEpoch": 1,
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "::1", "userAgent": "" },
        },
    })
}

fn with(mut event: Value, at: &str, value: Value) -> Value {
    let (parent, name) = at.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

/// As the runtime reads it.
fn arrived(event: &Value) -> LambdaEvent<Arrived> {
    LambdaEvent::new(serde_json::from_slice(event.to_string().as_bytes()).unwrap(), Context::default())
}

/// What the functions behind the HTTP API and the streaming Function URL answer: the status, the body.
async fn answers(system: &System, event: &Value) -> [(u16, String); 2] {
    let observer = Observer::new("f", "s", Lines::Kept(Arc::default()));
    let poll = |has: Arc<poll::Poll>, request| async move { poll::handle(&has, request).await };
    let whole = run::answer(&Arc::new(poll::Poll::from(&*system.gate)), &observer, &poll, arrived(event)).await;
    let text = whole.body.map(|body| String::from_utf8(body.to_vec()).unwrap()).unwrap_or_default();
    let parts =
        run::answer_in_parts(&Arc::new(wait::Wait::from(&*system.gate)), &observer, &wait::stream, arrived(event))
            .await;
    let status = parts.status().as_u16();
    let streamed = parts.into_body().collect().await.unwrap().to_bytes();
    [(whole.status_code as u16, text), (status, String::from_utf8(streamed.to_vec()).unwrap())]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_no_request_is_400_and_a_strange_one_that_is_none_the_less_is_served() {
    let system = System::start().await;
    let alive = event("/healthz", "");
    let [health, _] = answers(&system, &alive).await;
    assert_eq!(health, (200, r#"{"status":"ok"}"#.to_owned()));
    let query = "token=cwt_1_\"<x>\"";
    let bad = [
        event("/healthz", "a=\"b\""),
        event("/healthz", "a=<b>"),
        event("/api/guard/wait", query),
        event("/healthz", "a=b c"),
        event("/healthz", "a=\u{0}"),
        event("/healthz", &"a".repeat(70_000)),
        with(alive.clone(), "/headers/host", json!("a b")),
        with(alive.clone(), "/headers/host", json!("api.example.com/console?")),
        with(alive.clone(), "/headers/host", json!("[::1")),
        with(alive.clone(), "/headers/x-forwarded-proto", json!("1://")),
        with(alive.clone(), "/headers/x-odd", json!("a\u{0}b")),
        with(alive.clone(), "/headers/a b", json!("c")),
        with(alive.clone(), "/requestContext/http/method", json!("G T")),
        with(with(alive.clone(), "/isBase64Encoded", json!(true)), "/body", json!("%%%")),
        json!({}),
        json!("text"),
        Value::Null,
    ];
    for event in bad {
        for (status, text) in answers(&system, &event).await {
            let answer: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{event}");
        }
    }
    let odd = [
        with(alive.clone(), "/headers/x-odd", json!("größe")),
        with(alive.clone(), "/cookies", json!(["a=\u{0}"])),
        with(with(alive.clone(), "/rawPath", json!("/healthz")), "/requestContext/stage", json!("$default")),
        with(with(alive.clone(), "/isBase64Encoded", json!(true)), "/body", json!("eyJhIjoxfQ==")),
    ];
    for event in odd {
        assert_eq!(answers(&system, &event).await[0].0, 200, "{event}");
    }
    system.stop().await;
}

fn text() -> impl Strategy<Value = String> {
    let odd = [
        "", "\"", "<>", "%", "%zz", "a b", "://", "#", "?", "[", "\\", "\u{0}", "\r\n", "é", "/..", "//", "@", ":99999",
    ];
    let some = prop::sample::select(odd.to_vec()).prop_map(str::to_owned);
    prop_oneof![any::<String>(), some.clone(), (some, any::<String>()).prop_map(|(a, b)| a + &b)]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => text().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(|n| json!(n)),
        1 => prop::collection::vec(text(), 0..3).prop_map(|all| json!(all)),
        1 => (text(), text()).prop_map(|(name, value)| json!({ name: value })),
    ]
}

/// Where an event may be something else than what it should be.
const PLACES: [&str; 14] = [
    "/rawPath",
    "/rawQueryString",
    "/headers",
    "/headers/host",
    "/headers/x-forwarded-proto",
    "/headers/cookie",
    "/cookies",
    "/body",
    "/isBase64Encoded",
    "/queryStringParameters",
    "/pathParameters",
    "/requestContext/stage",
    "/requestContext/domainName",
    "/requestContext/http/method",
];

#[test]
fn whatever_an_event_has_the_function_answers() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let system = runtime.block_on(System::start());
    let changes = prop::collection::vec((prop::sample::select(PLACES.to_vec()), value()), 1..5);
    let check = |changes: Vec<(&str, Value)>| {
        let changed = changes.into_iter().fold(event("/healthz", ""), |event, (at, value)| match event["headers"] {
            Value::Object(_) => with(event, at, value),
            _ => event,
        });
        let answered = runtime.block_on(answers(&system, &changed));
        prop_assert!(answered.iter().all(|(status, _)| (200..500).contains(status)), "{answered:?}: {changed}");
        Ok(())
    };
    TestRunner::deterministic().run(&changes, check).unwrap();
    runtime.block_on(system.stop());
}
