//! A request's `traceparent` goes into the events, to webhooks, to the executor and to the callback.

use crate::harness::{Asked, Start, System, body};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use serde_json::{Value, json};
use standins::webhook::WebhookStandin;

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000, callbackHosts: ["127.0.0.1"] }
actions:
  executed:
    approvers: { anyOf: ["user:approver@localhost"] }
    onApproved: { connector: doer }
    allowReRequest: true
"#;
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

struct Stage {
    system: System,
    hook: WebhookStandin,
    doer: WebhookStandin,
    sleeper: WebhookStandin,
}

impl Stage {
    /// A host with a webhook, an executor and a callback.
    async fn open() -> Self {
        let (hook, doer) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
        let system = Start::fresh().at(by_hand()).under(POLICY).start().await;
        let mut told = webhook("hook", &hook.url(), hook.secret());
        told["headers"]["Traceparent"] = "of-the-connector".into();
        system.connector(told).await;
        system.connector(webhook("doer", &doer.url(), doer.secret())).await;
        doer.take_any_size();
        Self { system, hook, doer, sleeper: WebhookStandin::start().await.unwrap() }
    }

    /// Asks with a header, as long as there is one.
    async fn ask(&self, path: &str, body: Value, traceparent: Option<&str>) -> Asked {
        let post = self.system.request("POST", path).bearer_auth(&self.system.keys.agent).json(&body);
        let post = match traceparent {
            Some(traceparent) => post.header("traceparent", traceparent),
            None => post,
        };
        let answer = post.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        self.system.settle().await;
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        Asked { id: text("requestId"), token: text("token"), answer }
    }

    fn asking(&self) -> Value {
        let mut asking = body("executed", json!({ "n": 1 }));
        asking["callback"] = json!({ "url": self.sleeper.url() });
        asking
    }

    /// The events on the bus while an approval is decided.
    async fn decide(&self, asked: &Asked, decision: &str) -> Vec<Value> {
        self.sleeper.believe_bytes(&crate::journeys::execute::executes::key_of(&asked.token));
        let mut events = self.system.bus.listen();
        self.system.decide(asked, decision).await;
        self.system.settle().await;
        let told = std::iter::from_fn(|| events.try_recv().ok());
        told.filter(|event| event["detail-type"].as_str().unwrap().starts_with("approval.")).collect()
    }
}

/// The header of each delivery that an endpoint took.
fn headers(receiver: &WebhookStandin) -> Vec<Option<String>> {
    assert_eq!(receiver.refusals(), Vec::<String>::new());
    receiver.deliveries().iter().map(|d| d.header("traceparent").map(str::to_owned)).collect()
}

fn all(headers: &[Option<String>], expected: Option<&str>) {
    assert!(!headers.is_empty() && headers.iter().all(|header| header.as_deref() == expected), "{headers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_request_reaches_the_events_the_webhook_the_execution_and_the_callback() {
    let stage = Stage::open().await;
    let asked = stage.ask("/api/guard/request", stage.asking(), Some(TRACE)).await;
    let events = stage.decide(&asked, "approved").await;
    assert!(events.len() >= 2, "approved and executed: {events:?}");
    assert!(events.iter().all(|event| event["detail"]["traceparent"] == TRACE), "{events:?}");
    // Whatever the connector itself sends along under that name.
    all(&headers(&stage.hook), Some(TRACE));
    all(&headers(&stage.doer), Some(TRACE));
    all(&headers(&stage.sleeper), Some(TRACE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_valid_one_is_asked_all_the_same_and_nothing_is_made_up() {
    let stage = Stage::open().await;
    for garbled in [None, Some("00-garbled"), Some("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")] {
        let asked = stage.ask("/api/guard/request", stage.asking(), garbled).await;
        let events = stage.decide(&asked, "approved").await;
        assert!(events.iter().all(|event| event["detail"].get("traceparent").is_none()), "{events:?}");
    }
    all(&headers(&stage.hook), Some("of-the-connector"));
    all(&headers(&stage.doer), None);
    all(&headers(&stage.sleeper), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_again_does_so_in_a_trace_of_their_own() {
    let stage = Stage::open().await;
    let asked = stage.ask("/api/guard/request", stage.asking(), Some(TRACE)).await;
    stage.decide(&asked, "denied").await;
    let actor = json!({ "originalRequestId": asked.id, "actor": { "id": "demo", "source": "agent" } });
    let again = stage.ask("/api/guard/rerequest", actor, Some(OTHER)).await;
    let events = stage.decide(&again, "approved").await;
    assert!(events.iter().all(|event| event["detail"]["traceparent"] == OTHER), "{events:?}");
    all(&headers(&stage.doer), Some(OTHER));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_may_send_the_header() {
    let system = System::start().await;
    let preflight = system.request("OPTIONS", "/api/guard/request").header("origin", "https://agent.example.com");
    let preflight = preflight.header("access-control-request-method", "POST");
    let answer = preflight.header("access-control-request-headers", "traceparent").send().await.unwrap();
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    assert!(allowed.split(',').any(|name| name.trim() == "traceparent"), "{allowed}");
}
