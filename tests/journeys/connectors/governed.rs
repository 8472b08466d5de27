//! Who carries a request when something changed since it was asked: the policy, a connector, its secrets; or when it escalates.

use crate::harness::{Asked, Start, System};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use dispatch::Dispatch;
use domain::Workspace;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{Fault as SlackFault, SlackStandin};
use standins::webhook::{Fault, WebhookStandin};

const POLICY: &str = r#"
people: { jane: ["user:jane@acme.com"] }
routing: { defaultTimeoutSec: 36000, defaultChannel: C0123 }
defaults: { superApprovers: ["user:approver@localhost", "user:jane@acme.com"] }
actions:
  by.any: { approvers: { minApprovals: 2 } }
  by.all: { approvers: { minApprovals: 2 }, delivery: { mode: all } }
  by.one: { approvers: { minApprovals: 2 }, delivery: { connectors: [one], fallbackToUi: false } }
  louder.any:
    approvers: { minApprovals: 1 }
    timeoutSec: 240
    escalation: { escalateBeforeSec: 120, connectors: [two] }
  louder.both:
    approvers: { minApprovals: 1 }
    timeoutSec: 240
    delivery: { connectors: [one, two] }
    escalation: { escalateBeforeSec: 120, connectors: [two] }
  louder.closed:
    approvers: { minApprovals: 1 }
    timeoutSec: 900
    delivery: { connectors: [one], fallbackToUi: false }
    escalation: { escalateBeforeSec: 780, connectors: [two] }
"#;
/// Policies that say nothing of `by.one` any more, or that it must not be.
const OTHERWISE: [&str; 3] = [
    "actions: { by.one: { effect: deny } }",
    "actions: { another: { approvers: { anyOf: [\"user:jane@acme.com\"] } } }",
    "defaults: { unknownAction: manual, superApprovers: [\"user:jane@acme.com\"] }\nactions: {}",
];

/// A host with connectors `one` and `two`, both webhooks.
async fn two_hooks() -> (System, [WebhookStandin; 2], [Value; 2]) {
    let (one, two) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    let system = Start::fresh().at(by_hand()).under(POLICY).start().await;
    let first = system.connector(webhook("one", &one.url(), one.secret())).await;
    system.clock.advance(SignedDuration::from_secs(1));
    let second = system.connector(webhook("two", &two.url(), two.secret())).await;
    (system, [one, two], [first, second])
}

fn kinds(hook: &WebhookStandin) -> Vec<String> {
    hook.deliveries().iter().map(|delivery| delivery.kind().to_owned()).collect()
}

/// `dispatch` looks at it again, with what it knows being old enough to be read anew.
async fn look_again(system: &System, asked: &Asked) {
    system.clock.advance(SignedDuration::from_secs(6));
    let nudge = json!({ "detail-type": "delivery.due", "detail": { "workspace": "default", "id": asked.id } });
    dispatch::handle(&Dispatch::from(&*system.gate), nudge).await.unwrap();
    system.settle().await;
}

async fn disable(system: &System, row: &Value) {
    let path = format!("/{}", row["id"].as_str().unwrap());
    assert_eq!(system.connectors("PATCH", &path, json!({ "enabled": false })).await.0, 200);
}

/// A connector's secrets, sealed for another one: nobody opens them.
async fn seal_shut(system: &System, row: &Value) {
    let (store, workspace) = (&system.gate.store, Workspace::default_name());
    let before = store.get_connector(&workspace, row["id"].as_str().unwrap()).await.unwrap().unwrap();
    let sealed = system.gate.couriers.vault.seal("another", [7; 24], b"{}").unwrap();
    let next = store::connectors::Connector { sealed, ..before.clone() };
    store.replace_connector(&workspace, &before, &next).await.unwrap();
    system.clock.advance(SignedDuration::from_secs(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_denies_an_action_or_forgets_it_opens_no_other_place_to_it() {
    for policy in OTHERWISE {
        for mode in ["all", "first_success"] {
            let (system, [one, two], [first, _]) = two_hooks().await;
            let defaults = json!({ "default_delivery_mode": mode });
            assert_eq!(system.connectors("PUT", "/defaults", defaults).await.0, 200);
            one.fail_next(Fault::Status(503, None));
            let asked = system.ask_and_settle("by.one", json!({})).await;
            system.put_policy(policy).await;
            look_again(&system, &asked).await;
            system.minutes(3).await;
            assert_eq!((kinds(&one), two.calls()), (vec!["approval.requested".to_owned()], 0), "{policy} {mode}");
            disable(&system, &first).await;
            look_again(&system, &asked).await;
            assert_eq!(two.calls(), 0, "{policy} {mode}: its own connector is disabled");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_see_through_a_connector_that_was_disabled_since_is_carried() {
    let (system, [one, two], [first, _]) = two_hooks().await;
    let (named, any) =
        (system.ask_and_settle("by.one", json!({})).await, system.ask_and_settle("by.any", json!({})).await);
    disable(&system, &first).await;
    for asked in [&named, &any] {
        look_again(&system, asked).await;
        assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    }
    assert_eq!((one.calls(), two.calls()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_an_escalation_names_is_told_though_another_carries_it() {
    for action in ["louder.any", "louder.both"] {
        let (system, [one, two], _) = two_hooks().await;
        let asked = system.ask_and_settle(action, json!({})).await;
        assert_eq!((one.calls(), two.calls()), (1, 0), "{action}: the first carries it");
        system.minutes(2).await;
        assert_eq!(kinds(&two).len(), 1, "{action}: it has escalated");
        assert_eq!(kinds(&one), ["approval.requested", "approval.escalated"], "{action}");
        system.minutes(1).await;
        system.decide(&asked, "approved").await;
        for hook in [&one, &two] {
            let told = kinds(hook);
            assert_eq!(
                (told.len(), told.last().unwrap().as_str()),
                (3 - usize::from(told[0] != "approval.requested"), "approval.approved"),
                "{action}: {told:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_an_escalation_names_and_carries_it_already_is_told_once() {
    let (system, [one, two], _) = two_hooks().await;
    one.fail_next(Fault::Status(403, None));
    let asked = system.ask_and_settle("louder.both", json!({})).await;
    assert_eq!(kinds(&two), ["approval.requested"]);
    system.minutes(2).await;
    system.decide(&asked, "approved").await;
    assert_eq!(kinds(&two), ["approval.requested", "approval.escalated", "approval.approved"]);
    assert_eq!((one.calls(), two.repeats()), (1, Vec::<String>::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_an_escalation_reached_is_not_denied_for_want_of_people() {
    let (system, [one, two], _) = two_hooks().await;
    // At once, and at the two sweeps that follow; then it has escalated.
    for status in [503, 503, 503, 403] {
        one.fail_next(Fault::Status(status, None));
    }
    let asked = system.ask_and_settle("louder.closed", json!({})).await;
    system.minutes(2).await;
    assert_eq!((one.calls(), kinds(&two).len()), (3, 1));
    system.minutes(3).await;
    assert_eq!((one.calls(), system.dead_letters().await.len()), (4, 1), "nobody else is left");
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connector_that_cannot_be_opened_stops_none_of_the_others() {
    let (system, [one, two], [first, _]) = two_hooks().await;
    let shown = system.ask_and_settle("by.all", json!({})).await;
    seal_shut(&system, &first).await;
    let asked = system.ask_and_settle("by.any", json!({})).await;
    assert_eq!((one.calls(), two.calls()), (1, 2), "the other carries it");
    let did = system.activities(&asked).await;
    let skipped = did.iter().find(|entry| entry["event"] == "dispatch_skipped").unwrap();
    let said = [&skipped["connector_name"], &skipped["message"]];
    assert_eq!((did.len(), said), (2, [&json!("one"), &json!("its secrets cannot be opened")]), "{did:?}");
    let path = format!("/{}", first["id"].as_str().unwrap());
    let (status, answer) = system.connectors("PATCH", &path, json!({ "enabled": false })).await;
    assert_eq!((status, &answer["code"]), (409, &json!("CONFLICT")), "{answer}");
    system.put_policy(&POLICY.replace("mode: all", "connectors: [two]")).await;
    system.clock.advance(SignedDuration::from_secs(6));
    system.decide(&shown, "denied").await;
    assert_eq!(kinds(&two).last().unwrap(), "approval.denied", "a card that stands is no different");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspaces_defaults_hold_for_the_deployments_own_slack_too() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().at(by_hand()).under(POLICY).with_slack(&slack).start().await;
    let closed = json!({ "default_fallback_to_ui": false });
    assert_eq!(system.connectors("PUT", "/defaults", closed).await.0, 200);
    slack.fail_next(SlackFault::Error("channel_not_found"));
    let asked = system.ask_and_settle("by.any", json!({})).await;
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("delivery_failed")), "{told}");
}
