//! Each invocation leaves one line that says what it was, whose, and what came of it; nothing that anybody wrote or sent is in any.

use crate::harness::socket::Socket;
use crate::harness::watching::Watch;
use crate::harness::{Start, System, body};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use lambda_http::RequestExt as _;
use local::host::{Lines, Observer};
use serde_json::{Value, json};
use standins::webhook::WebhookStandin;
use std::collections::BTreeSet;

/// The specification's own example.
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// What is planted wherever something can be sent.
const PLANTED: &str = "pl4nted";

async fn host(watch: &Watch) -> System {
    let policy = r#"
routing: { defaultTimeoutSec: 36000 }
actions:
  "pl4nted-action": { approvers: { anyOf: ["user:approver@localhost"] } }
"#;
    Start::fresh().at(by_hand()).under(policy).watched(watch).start().await
}

/// A line with what is random masked, to be read by people.
fn masked(mut line: Value) -> String {
    for (name, mask) in [("api_request_id", "…"), ("approval_id", "appr_…"), ("duration_ms", "0")] {
        if line.get(name).is_some() {
            line[name] = mask.into();
        }
    }
    line.to_string()
}

/// The lines of requests, in order.
fn of_requests(lines: &[Value]) -> String {
    let of: Vec<String> = lines.iter().filter(|line| line.get("method").is_some()).cloned().map(masked).collect();
    of.join("\n")
}

/// The lines of events, each kind once: how many there are is up to the stream's batches, and who is cold to the order.
fn of_events(lines: &[Value]) -> String {
    let kinds: BTreeSet<String> = lines
        .iter()
        .filter(|line| line.get("trigger").is_some())
        .cloned()
        .map(|mut line| {
            line["count"] = "…".into();
            line["cold"] = "…".into();
            masked(line)
        })
        .collect();
    kinds.into_iter().collect::<Vec<_>>().join("\n")
}

/// Asks with everything planted that an agent may write.
async fn ask(system: &System, idempotency: &str) -> (String, Value) {
    let mut asking = body("pl4nted-action", json!({ "pl4nted-key": "pl4nted-value", "password": "pl4nted-password" }));
    asking["meta"] = json!({
        "origin": { "repo": "pl4nted/repo", "branch": "pl4nted-branch", "run_id": "pl4nted-run" },
        "requester": { "id": "pl4nted-id", "source": "agent", "display": "pl4nted name" },
        "justification": "pl4nted because", "taskId": "pl4nted-task",
        "links": [{ "label": "pl4nted label", "url": "https://pl4nted.example.com/pl4nted" }],
    });
    let post = system.request("POST", "/api/guard/request").bearer_auth(&system.keys.agent).json(&asking);
    let post = post.header("idempotency-key", idempotency).header("user-agent", "pl4nted-agent");
    let answer = post.header("traceparent", TRACEPARENT).header("tracestate", "pl4nted=1").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    (answer["requestId"].as_str().unwrap().to_owned(), answer)
}

/// Requests that are refused, with something planted in every place a request has.
async fn nasty(system: &System, id: &str) {
    let gone = id.replace(|c: char| c.is_ascii_digit(), "0");
    let (admin, agent) = (&system.keys.admin, &system.keys.agent);
    let get = |path: &str| system.request("GET", path);
    for request in [
        get("/approvals/pl4nted-id").bearer_auth(admin),
        get(&format!("/v1/approvals/{gone}?pl4nted=1")).bearer_auth(admin),
        get("/approvals?status=pl4nted&cursor=pl4nted").bearer_auth(admin),
        get("/approvals").bearer_auth("csk_pl4nted"),
        get("/approvals").bearer_auth(admin).header("x-workspace-namespace", "pl4nted"),
        get("/approvals").bearer_auth(admin).header("x-workspace-namespace", "Not Valid pl4nted"),
        get("/api/guard/wait?token=cwt_pl4nted"),
        get("/console/decide/pl4nted-link").header("cookie", "countersign=pl4nted"),
        get("/agents/pl4nted-agent/config").bearer_auth(agent),
        system.request("POST", "/api/guard/request").bearer_auth(agent).body(r#"{"pl4nted":1,"pl4nted":2}"#),
        system.request("POST", "/api/guard/wait").json(&json!({ "token": "cwt_pl4nted" })),
        system.request("POST", "/api/callbacks/jira/ac_pl4nted").body("pl4nted"),
        system.request("POST", "/api/slack/interactions").body("payload=pl4nted"),
        get("/healthz").header("traceparent", "pl4nted"),
    ] {
        request.send().await.unwrap().bytes().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_day_say_who_and_what_and_nothing_that_was_sent() {
    let watch = Watch::default();
    let system = host(&watch).await;
    let hook = WebhookStandin::start().await.unwrap();
    system.connector(webhook("pl4nted-connector", &hook.url(), hook.secret())).await;
    let (id, answer) = ask(&system, "pl4nted-key-1").await;
    ask(&system, "pl4nted-key-1").await;
    let token = answer["token"].as_str().unwrap();
    system.settle().await;
    system.poll(token).await;
    let mut socket = Socket::wait_for(&system, token).await;
    socket.next().await;
    let stream = system.request("GET", &format!("/api/guard/wait?token={token}")).send().await.unwrap();
    let decision = json!({ "decision": "approved", "comment": "pl4nted words" });
    assert_eq!(system.resolve(&system.keys.approver, &id, decision).await.0, 200);
    stream.bytes().await.unwrap();
    system.get(&system.keys.admin, &format!("/approvals/{id}")).await;
    system.get(&system.keys.admin, "/approvals?status=approved&agent=pl4nted").await;
    let again = json!({ "decision": "denied", "comment": "pl4nted words" });
    assert_eq!(system.resolve(&system.keys.approver, &id, again).await.0, 409);
    nasty(&system, &id).await;
    system.invoker.invoke("SweepFunction", json!({ "detail-type": "Scheduled Event", "detail": {} }));
    system.settle().await;

    let text = watch.text();
    let lines = Watch::requests(&text);
    let keys = [&system.keys.admin, &system.keys.agent, &system.keys.approver];
    let digest = answer["digest"].as_str().unwrap();
    for secret in keys.map(String::as_str).into_iter().chain([PLANTED, token, &token[4..], digest, hook.secret()]) {
        let told = text.iter().find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret}");
    }
    insta::assert_snapshot!(format!("{}\n\n{}", of_requests(&lines), of_events(&lines)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_leaves_one_line_and_a_stream_leaves_its_own_when_it_ends() {
    let watch = Watch::default();
    let system = host(&watch).await;
    let (id, answer) = ask(&system, "1").await;
    system.settle().await;
    let first = Watch::requests(&watch.text());
    assert_eq!(first.iter().filter(|line| line.get("method").is_some()).count(), 1, "{first:?}");
    let path = format!("/api/guard/wait?token={}", answer["token"].as_str().unwrap());
    let stream = system.request("GET", &path).send().await.unwrap();
    assert_eq!(watch.text(), Vec::<String>::new(), "it has not ended");
    system.clock.advance(jiff::SignedDuration::from_secs(7));
    system.resolve(&system.keys.approver, &id, json!({ "decision": "denied" })).await;
    stream.bytes().await.unwrap();
    system.settle().await;
    let lines = Watch::requests(&watch.text());
    let of: Vec<&Value> = lines.iter().filter(|line| line["route"] == "/api/guard/wait").collect();
    assert_eq!(of.len(), 1, "{lines:?}");
    assert_eq!(
        (&of[0]["duration_ms"], &of[0]["status"], &of[0]["approval_id"]),
        (&json!(7000), &json!(200), &json!(id))
    );
    assert_eq!(of[0]["trace_id"], TRACEPARENT[3..35], "the trace that it was asked in");
}

/// A request as Lambda hands it over, with what the runtime knows of the invocation.
fn on_lambda(traceparent: Option<&str>) -> lambda_http::Request {
    let mut event = json!({
        "version": "2.0", "routeKey": "GET /approvals/{approval_id}", "rawPath": "/approvals/x", "rawQueryString": "",
        "headers": { "host": "api.example.com" }, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "d", "domainPrefix": "d", "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "GET /approvals/{approval_id}", "stage": "$default", "time": "t", "timeEpoch": 1,
            "http": { "method": "GET", "path": "/approvals/x", "protocol": "HTTP/1.1", "sourceIp": "::1", "userAgent": "" },
        },
    });
    if let Some(traceparent) = traceparent {
        event["headers"]["traceparent"] = traceparent.into();
    }
    let mut context = lambda_http::Context::default();
    context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".into();
    context.xray_trace_id = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".into());
    lambda_http::request::from_str(&event.to_string()).unwrap().with_lambda_context(context)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_lambda_a_line_has_the_runtimes_request_id_and_trace_and_says_who_was_cold() {
    let system = System::start().await;
    let kept = std::sync::Arc::default();
    let observer = Observer::new("prod-PollFunction-1A2B", "prod", Lines::Kept(std::sync::Arc::clone(&kept)));
    for request in [on_lambda(None), on_lambda(Some(TRACEPARENT)), on_lambda(Some("garbled"))] {
        let line = observer.request(&request);
        let answer = async { lambda_http::Response::builder().status(503).body(lambda_http::Body::Empty).unwrap() };
        observer.answer(&system.gate, line, answer).await;
    }
    let lines = kept.lock().unwrap().iter().map(|line| masked(serde_json::from_str(line).unwrap())).collect::<Vec<_>>();
    insta::assert_snapshot!(lines.join("\n"));
}
