//! An admin replays a delivery that was given up: the dead letter is kept until the delivery was tried, and no answer claims a try that did
//! not happen.

use crate::harness::{Asked, Start, System};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use domain::{ApprovalId, Workspace};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{Fault as SlackFault, SlackStandin};
use standins::webhook::{Fault, WebhookStandin};
use store::deliveries::DeliveryOf;

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000, defaultChannel: C0123 }
defaults: { superApprovers: ["user:approver@localhost"] }
actions:
  first.then: { approvers: { minApprovals: 1 }, delivery: { connectors: [one, two] } }
  louder:
    approvers: { minApprovals: 1 }
    timeoutSec: 240
    delivery: { connectors: [hook] }
    escalation: { escalateBeforeSec: 120, channel: C0ONCALL }
"#;

/// A host with connectors `one`, which refused a request for good, and `two`, which carries it.
async fn refused_by_one() -> (System, [WebhookStandin; 2], Value, Asked) {
    let (one, two) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    let system = Start::fresh().at(by_hand()).under(POLICY).start().await;
    let row = system.connector(webhook("one", &one.url(), one.secret())).await;
    system.connector(webhook("two", &two.url(), two.secret())).await;
    one.fail_next(Fault::Status(403, None));
    let asked = system.ask_and_settle("first.then", json!({})).await;
    assert_eq!((one.calls(), kinds(&two).len(), system.dead_letters().await.len()), (1, 1, 1));
    (system, [one, two], row, asked)
}

fn kinds(hook: &WebhookStandin) -> Vec<String> {
    hook.deliveries().iter().map(|delivery| delivery.kind().to_owned()).collect()
}

/// Replays the only dead letter, and waits for everything that follows.
async fn replay(system: &System) -> (u16, Value) {
    let letter = system.dead_letters().await.remove(0);
    let path = format!("/dead-letters/{}/replay", letter["id"].as_str().unwrap());
    let answer = system.connectors("POST", &path, Value::Null).await;
    system.settle().await;
    answer
}

fn conflict(answer: &(u16, Value)) -> &str {
    assert_eq!((answer.0, &answer.1["code"]), (409, &json!("CONFLICT")), "{answer:?}");
    answer.1["error"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replayed_is_tried_though_another_carries_it() {
    let (system, [one, two], _, asked) = refused_by_one().await;
    assert_eq!(replay(&system).await.1["status"], "replayed");
    assert_eq!((kinds(&one), kinds(&two).len()), (vec!["approval.requested".to_owned()], 1));
    assert!(system.dead_letters().await.is_empty());
    system.decide(&asked, "approved").await;
    assert_eq!(kinds(&one), ["approval.requested", "approval.approved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replayed_and_fails_is_in_the_rounds_again_and_may_be_refused_again() {
    let (system, [one, _two], _, _) = refused_by_one().await;
    one.fail_next(Fault::Status(503, None));
    assert_eq!(replay(&system).await.0, 200);
    assert_eq!((one.calls(), system.dead_letters().await.len()), (2, 0));
    one.fail_next(Fault::Status(403, None));
    system.minutes(2).await;
    assert_eq!((one.calls(), system.dead_letters().await.len()), (3, 1), "refused for good: a letter of its own");
    assert_eq!(replay(&system).await.0, 200);
    assert_eq!(kinds(&one), ["approval.requested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_kept_where_somebody_is_at_the_delivery() {
    let (system, [one, _two], row, asked) = refused_by_one().await;
    let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&asked.id).unwrap());
    let of = DeliveryOf { workspace: &workspace, id: &id, connector: row["id"].as_str().unwrap() };
    let now = system.clock.now();
    system.gate.store.lease_delivery(of, "another".into(), now, now + SignedDuration::from_secs(40)).await.unwrap();
    assert!(conflict(&replay(&system).await).contains("just now"));
    assert_eq!((one.calls(), system.dead_letters().await.len()), (1, 1));
    system.clock.advance(SignedDuration::from_secs(41));
    assert_eq!(replay(&system).await.0, 200, "its lease is over");
    assert_eq!((kinds(&one).len(), system.dead_letters().await.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_kept_where_nothing_would_be_tried() {
    let (system, [one, _two], row, asked) = refused_by_one().await;
    let path = format!("/{}", row["id"].as_str().unwrap());
    assert_eq!(system.connectors("PATCH", &path, json!({ "enabled": false })).await.0, 200);
    system.clock.advance(SignedDuration::from_secs(6));
    assert!(conflict(&replay(&system).await).contains("disabled"));
    assert_eq!(system.connectors("PATCH", &path, json!({ "enabled": true })).await.0, 200);
    system.decide(&asked, "denied").await;
    assert!(conflict(&replay(&system).await).contains("ended"));
    assert_eq!((one.calls(), system.dead_letters().await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_card_could_not_be_told_is_replayed_after_the_end_too() {
    let (system, [one, two], _, asked) = refused_by_one().await;
    assert_eq!(replay(&system).await.0, 200);
    two.fail_next(Fault::Status(403, None));
    two.fail_next(Fault::Status(403, None));
    system.decide(&asked, "approved").await;
    assert_eq!((kinds(&two).len(), system.dead_letters().await.len()), (1, 1));
    while two.calls() < 3 {
        // One more refusal is queued, so the dead letter is written again.
        assert_eq!(replay(&system).await.0, 200);
    }
    assert_eq!((kinds(&two).len(), system.dead_letters().await.len()), (1, 1));
    assert_eq!(replay(&system).await.0, 200);
    assert_eq!(kinds(&two), ["approval.requested", "approval.approved"]);
    assert_eq!((one.calls(), system.dead_letters().await.len()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalations_letter_is_replayed_however_its_colon_is_spelled() {
    for colon in [":", "%3A"] {
        let slack = SlackStandin::start().await.unwrap();
        let system = Start::fresh().at(by_hand()).under(POLICY).with_slack(&slack).start().await;
        let hook = WebhookStandin::start().await.unwrap();
        system.connector(webhook("hook", &hook.url(), hook.secret())).await;
        let asked = system.ask_and_settle("louder", json!({})).await;
        slack.fail_next(SlackFault::Error("channel_not_found"));
        system.minutes(2).await;
        let letters = system.dead_letters().await;
        assert_eq!(letters.len(), 1, "{:?}", system.activity(&asked).await);
        let id = letters[0]["id"].as_str().unwrap();
        let path = format!("/dead-letters/{}/replay", id.replace(':', colon));
        let answer = system.connectors("POST", &path, Value::Null).await;
        assert_eq!(answer, (200, json!({ "id": id, "status": "replayed" })), "{colon}");
        system.settle().await;
        assert_eq!(slack.messages().len(), 1, "{colon}: {:?}", slack.calls());
    }
}
