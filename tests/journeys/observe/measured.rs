//! CloudWatch gets the counts of what happened, in its own format, whichever process ran at the time.

use crate::harness::watching::Watch;
use crate::harness::{Start, System, body};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use jiff::SignedDuration;
use serde_json::json;
use standins::cloudwatch::Metrics;
use standins::webhook::{Fault, WebhookStandin};

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000, callbackHosts: ["127.0.0.1"] }
actions:
  plain: { approvers: { anyOf: ["user:approver@localhost"] } }
  short: { approvers: { anyOf: ["user:approver@localhost"] }, timeoutSec: 60 }
  closed: { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { connectors: [hook], fallbackToUi: false } }
  executed: { approvers: { anyOf: ["user:approver@localhost"] }, onApproved: { connector: doer } }
"#;

/// A host that a clock by hand drives, with a webhook that carries everything.
async fn stage(watch: &Watch) -> (System, WebhookStandin) {
    let hook = WebhookStandin::start().await.unwrap();
    let system = Start::fresh().at(by_hand()).under(POLICY).watched(watch).start().await;
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    (system, hook)
}

/// What was counted until now, once everything has happened.
async fn counted(system: &System, watch: &Watch) -> Metrics {
    system.settle().await;
    // The next invocation hands over the remaining counts.
    system.get("", "/healthz").await;
    Watch::metrics(&watch.text())
}

fn sums(metrics: &Metrics, names: &[&str]) -> Vec<Option<f64>> {
    names.iter().map(|name| metrics.sum(name)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_their_ends_are_counted_with_the_time_they_took() {
    let watch = Watch::default();
    let (system, hook) = stage(&watch).await;
    for (decision, seconds) in [("approved", 5), ("approved", 70), ("denied", 9)] {
        let asked = system.ask_and_settle("plain", json!({ "for": seconds })).await;
        system.clock.advance(SignedDuration::from_secs(seconds));
        system.decide(&asked, decision).await;
    }
    let taken_back = system.ask_and_settle("plain", json!({})).await;
    let cancel = format!("/approvals/{}/cancel", taken_back.id);
    assert_eq!(system.call(&system.keys.agent, "POST", &cancel, json!({})).await.0, 200);
    system.settle().await;
    hook.fail_next(Fault::Status(403, None));
    system.ask_and_settle("closed", json!({})).await;
    system.ask_and_settle("short", json!({})).await;
    system.minutes(4).await;
    let metrics = counted(&system, &watch).await;
    assert_eq!(metrics.sum("ApprovalsRequested Count Stack=countersign"), Some(6.0));
    let of = |outcome: &str| {
        let count = metrics.sum(&format!("Decisions Count Stack=countersign Outcome={outcome}"));
        let took = metrics.values(&format!("DecisionLatency Milliseconds Stack=countersign Outcome={outcome}"));
        (count, took.map(<[f64]>::to_vec))
    };
    assert_eq!(of("approved"), (Some(2.0), Some(vec![5_000.0, 70_000.0])));
    assert_eq!(of("denied"), (Some(1.0), Some(vec![9_000.0])));
    assert_eq!(of("cancelled"), (Some(1.0), Some(vec![0.0])));
    assert_eq!(of("delivery_failed"), (Some(1.0), Some(vec![0.0])));
    assert_eq!(of("expired"), (Some(1.0), Some(vec![60_000.0])), "when its time was over, not when that was noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_at_delivering_are_counted_by_kind_and_what_is_given_up_once() {
    let watch = Watch::default();
    let (system, hook) = stage(&watch).await;
    hook.fail_next(Fault::Status(500, None));
    system.ask_and_settle("plain", json!({})).await;
    system.minutes(3).await;
    hook.fail_next(Fault::Status(403, None));
    system.ask_and_settle("plain", json!({})).await;
    let metrics = counted(&system, &watch).await;
    let names = [
        "DeliveriesSucceeded Count Stack=countersign",
        "DeliveriesSucceeded Count Stack=countersign Connector=webhook",
        "DeliveriesFailed Count Stack=countersign",
        "DeliveriesFailed Count Stack=countersign Connector=webhook",
        "DeadLetters Count Stack=countersign",
    ];
    assert_eq!(sums(&metrics, &names), [Some(1.0), Some(1.0), Some(2.0), Some(2.0), Some(1.0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_and_callbacks_are_counted_when_they_are_given_up_and_not_before() {
    let watch = Watch::default();
    let (system, _hook) = stage(&watch).await;
    let (doer, sleeper) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    doer.take_any_size();
    system.connector(webhook("doer", &doer.url(), doer.secret())).await;
    let mut asking = body("executed", json!({ "n": 1 }));
    asking["callback"] = json!({ "url": sleeper.url() });
    let asked = system.ask_for(asking).await;
    system.settle().await;
    for receiver in [&doer, &sleeper] {
        receiver.fail_next(Fault::Status(503, None));
    }
    system.decide(&asked, "approved").await;
    let names = ["ExecutionsFailed Count Stack=countersign", "CallbacksFailed Count Stack=countersign"];
    assert_eq!(sums(&counted(&system, &watch).await, &names), [None, None], "they are tried again");
    for receiver in [&doer, &sleeper] {
        receiver.fail_next(Fault::Status(400, None));
    }
    system.minutes(3).await;
    assert_eq!(sums(&counted(&system, &watch).await, &names), [Some(1.0), Some(1.0)]);
    system.minutes(10).await;
    assert_eq!(sums(&counted(&system, &watch).await, &names), [None, None], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sweep_says_how_far_behind_it_is() {
    let watch = Watch::default();
    let (system, _hook) = stage(&watch).await;
    let sweep = || system.invoker.invoke("SweepFunction", json!({ "detail-type": "Scheduled Event", "detail": {} }));
    let mut lags = Vec::new();
    for _ in 0..3 {
        system.clock.advance(SignedDuration::from_secs(60));
        sweep();
        lags.extend(counted(&system, &watch).await.values("SweepLag Seconds Stack=countersign").unwrap().to_vec());
    }
    // The minute before this one stays open.
    let second = system.clock.now().as_second() % 60;
    assert_eq!(lags, [60.0 + second as f64; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_have_the_dimensions_that_alarms_are_made_of_and_no_others() {
    let watch = Watch::default();
    let (system, hook) = stage(&watch).await;
    hook.fail_next(Fault::Status(500, None));
    let asked = system.ask_and_settle("plain", json!({})).await;
    system.minutes(3).await;
    system.decide(&asked, "approved").await;
    let metrics = counted(&system, &watch).await;
    insta::assert_snapshot!(metrics.names().join("\n"));
}
