//! The number of timers stays as small as the work, however often an event is repeated.

use crate::harness::{Asked, Start, System};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::SlackStandin;
use standins::webhook::{Fault, WebhookStandin};
use store::due::{DueKind, minute_of};
use tokio::sync::broadcast::Receiver;

/// A Slack that carries everything, and no channel to post to.
const NO_CHANNEL: &str = r#"
routing: { defaultTimeoutSec: 36000 }
actions:
  to.open: { approvers: { anyOf: ["user:approver@localhost"] } }
  to.closed: { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { fallbackToUi: false } }
"#;

const TWO: &str = r#"
routing: { defaultTimeoutSec: 36000 }
actions:
  by.two: { approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
"#;

/// The deliveries of an approval that were ever put for a time from now on until two hours later.
pub async fn deliveries_due(system: &System, asked: &Asked) -> usize {
    let (now, mut found) = (system.clock.now(), 0);
    for minute in minute_of(now) - 120..minute_of(now) + 120 {
        let due = system.gate.store.list_due(minute, domain::Timestamp::MAX).await.unwrap();
        found += due.iter().filter(|due| due.kind == DueKind::Delivery && due.id.as_str() == asked.id).count();
    }
    found
}

/// How many nudges `dispatch` got about an approval.
pub fn told(events: &mut Receiver<Value>, asked: &Asked) -> usize {
    std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| event["detail-type"] == "delivery.due" && event["detail"]["id"] == *asked.id)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_policy_names_no_channel_that_is_said_once_and_nothing_grows() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().at(by_hand()).under(NO_CHANNEL).with_slack(&slack).start().await;
    let mut events = system.bus.listen();
    let asked = system.ask_and_settle("to.open", json!({})).await;
    system.minutes(40).await;
    let (due, told) = (deliveries_due(&system, &asked).await, told(&mut events, &asked));
    assert!(due <= 2 && told <= 4, "{due} items, told {told} times");
    assert_eq!(system.activity(&asked).await, ["dispatch_skipped -", "fallback_to_ui -"]);
    assert_eq!(system.dead_letters().await.len(), 1, "to be replayed once there is a channel");
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");

    let closed = system.ask_and_settle("to.closed", json!({})).await;
    let told = system.poll(&closed.token).await;
    assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("delivery_failed")), "{told}");
    assert!(told["reason"].as_str().unwrap().contains("the policy names no channel"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_letter_is_posted_once_the_policy_names_a_channel() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().at(by_hand()).under(NO_CHANNEL).with_slack(&slack).start().await;
    let asked = system.ask_and_settle("to.open", json!({})).await;
    system.put_policy(&NO_CHANNEL.replace("36000", "36000, defaultChannel: C0123")).await;
    system.clock.advance(SignedDuration::from_secs(10));
    let letter = system.dead_letters().await.remove(0);
    let path = format!("/dead-letters/{}/replay", letter["id"].as_str().unwrap());
    assert_eq!(system.connectors("POST", &path, Value::Null).await.0, 200);
    system.settle().await;
    assert_eq!(slack.messages().len(), 1, "{asked:?}", asked = asked.id);
}

/// A host with one webhook, and a request that needs two votes, which the webhook got.
async fn told_of_two() -> (System, WebhookStandin, Asked) {
    let (hook, system) =
        (WebhookStandin::start().await.unwrap(), Start::fresh().at(by_hand()).under(TWO).start().await);
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("by.two", json!({})).await;
    assert_eq!(hook.calls(), 1);
    (system, hook, asked)
}

/// Hours go by, and the sweep runs now and then.
async fn hours(system: &System, hours: i64) {
    for _ in 0..hours * 6 {
        system.clock.advance(SignedDuration::from_mins(10));
        system.sweep().await;
    }
}

async fn vote(system: &System, who: &str, asked: &Asked) {
    let key = system.key(&format!("user:{who}@acme.com"), &["approver"]).await;
    assert_eq!(system.resolve(&key, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    system.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_fails_has_its_tries_over_hours_however_often_it_is_told() {
    let (system, hook, asked) = told_of_two().await;
    (0..100).for_each(|_| hook.fail_next(Fault::Status(503, None)));
    vote(&system, "jane", &asked).await;
    for _ in 0..10 {
        system.sweep().await;
    }
    assert_eq!(hook.calls(), 2, "it rests");
    system.minutes(60).await;
    // After 1, 4 and 15 seconds, which the sweep of the next minutes does, and after 1, 5, 15 and 30 minutes.
    assert_eq!(hook.calls(), 9);
    assert_eq!(system.dead_letters().await, Vec::<Value>::new());
    // A newer version does not wait: an end is updated immediately. A call that failed without the lease is not repeated under it.
    vote(&system, "omar", &asked).await;
    assert_eq!(hook.calls(), 10);
    // The waits come to 3.9 hours, each a tenth longer or shorter, and the sweep looks every ten minutes: up to 5.4 hours.
    hours(&system, 6).await;
    assert_eq!(system.dead_letters().await.len(), 1, "given up after four hours");
    let calls = hook.calls();
    hours(&system, 1).await;
    assert_eq!(hook.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_only_wants_less_uses_up_no_tries() {
    let (system, hook, asked) = told_of_two().await;
    (0..20).for_each(|_| hook.fail_next(Fault::Status(429, Some(50))));
    vote(&system, "jane", &asked).await;
    system.minutes(9).await;
    assert!(hook.calls() <= 11, "{} calls: no more than one a minute, as it asked", hook.calls());
    system.minutes(40).await;
    assert_eq!((hook.calls(), hook.deliveries().len(), system.dead_letters().await.len()), (22, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slow_connector_refused_is_not_looked_at_again_after_the_end() {
    let (hook, system) =
        (WebhookStandin::start().await.unwrap(), Start::fresh().at(by_hand()).under(TWO).start().await);
    let mut slow = webhook("hook", &hook.url(), hook.secret());
    slow["timeout_seconds"] = json!(90);
    system.connector(slow).await;
    hook.fail_next(Fault::Status(400, None));
    let mut events = system.bus.listen();
    let asked = system.ask_and_settle("by.two", json!({})).await;
    for who in ["jane", "omar"] {
        vote(&system, who, &asked).await;
    }
    system.minutes(30).await;
    let told = told(&mut events, &asked);
    assert!(told <= 6 && hook.calls() == 1, "told {told} times, {} calls", hook.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_told_of_the_end_though_the_policy_names_no_channel_any_more() {
    let slack = SlackStandin::start().await.unwrap();
    let with_channel = NO_CHANNEL.replace("36000", "36000, defaultChannel: C0123");
    let system = Start::fresh().at(by_hand()).under(&with_channel).with_slack(&slack).start().await;
    let asked = system.ask_and_settle("to.open", json!({})).await;
    assert_eq!(slack.messages().len(), 1);
    system.put_policy(NO_CHANNEL).await;
    system.clock.advance(SignedDuration::from_secs(10));
    let denied = json!({ "decision": "denied" });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, denied).await.0, 200);
    system.settle().await;
    assert!(slack.messages().remove(0).latest().text.starts_with("Denied: "));
}
