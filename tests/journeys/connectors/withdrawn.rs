//! A connector is disabled or deleted, or the policy names others, while its card is out: the card is updated with the end all the same.

use crate::harness::{Start, System};
use crate::journeys::connectors::stage::{jira, pagerduty, teams, webhook};
use crate::journeys::slack::stage::by_hand;
use app::Slack;
use serde_json::{Value, json};
use standins::jira::JiraStandin;
use standins::pagerduty::PagerDutyStandin;
use standins::slack::SlackStandin;
use standins::teams::TeamsStandin;
use standins::webhook::{Fault, WebhookStandin};

const POLICY: &str = r#"
people: { jane: ["user:jane@acme.com"] }
routing: { defaultTimeoutSec: 36000, defaultChannel: C0123 }
defaults: { superApprovers: ["user:approver@localhost", "user:jane@acme.com"] }
actions:
  by.all: { approvers: { minApprovals: 1 }, delivery: { mode: all } }
  by.two: { approvers: { minApprovals: 2 } }
  by.name: { approvers: { minApprovals: 1 }, delivery: { connectors: [hook] } }
"#;

async fn host() -> System {
    Start::fresh().at(by_hand()).under(POLICY).start().await
}

/// `/ac_…`
fn at(row: &Value) -> String {
    format!("/{}", row["id"].as_str().unwrap())
}

fn kinds(hook: &WebhookStandin) -> Vec<String> {
    hook.deliveries().iter().map(|delivery| delivery.kind().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vendor_that_was_disabled_shows_the_end_of_what_it_carries_and_gets_nothing_new() {
    let slack = SlackStandin::start().await.unwrap();
    let own = Slack { api_url: slack.url(), ..Slack::default() };
    let system = Start::fresh().at(by_hand()).under(POLICY).with_slack_app(own).start().await;
    let (hook, channel) = (WebhookStandin::start().await.unwrap(), TeamsStandin::start().await.unwrap());
    let (site, pager) = (JiraStandin::start().await.unwrap(), PagerDutyStandin::start().await.unwrap());
    let headers = json!({ "X-Slack-Bot-Token": slack.bot_token(), "X-Slack-Signing-Secret": slack.signing_secret() });
    let mut rows = Vec::new();
    for body in [
        webhook("hook", &hook.url(), hook.secret()),
        teams("teams", &channel.url()),
        jira("jira", &site.url()),
        pagerduty("pager", &pager.url()),
        json!({ "name": "slack", "type": "slack", "endpoint": "C0123", "headers": headers }),
    ] {
        rows.push(system.connector(body).await);
    }
    let asked = system.ask_and_settle("by.all", json!({})).await;
    for row in &rows {
        assert_eq!(system.connectors("PATCH", &at(row), json!({ "enabled": false })).await.0, 200);
    }
    system.decide(&asked, "approved").await;
    assert_eq!(kinds(&hook), ["approval.requested", "approval.approved"]);
    assert!(channel.cards().last().unwrap().reads().to_lowercase().contains("approved"));
    assert!(site.issues()[0].reads().to_lowercase().contains("approved"), "{}", site.issues()[0].reads());
    assert!(pager.alerts()[0].resolved);
    assert_eq!(slack.messages()[0].actions(), Vec::<String>::new(), "no button is left");
    let told = system.activity(&asked).await;
    assert_eq!(told.iter().filter(|what| what.starts_with("update_succeeded")).count(), 5, "{told:?}");

    let next = system.ask_and_settle("by.all", json!({})).await;
    assert_eq!(system.activity(&next).await, Vec::<String>::new());
    assert_eq!((slack.messages().len(), site.issues().len(), pager.alerts().len(), kinds(&hook).len()), (1, 1, 1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_in_between_is_shown_where_it_was_posted_and_nowhere_else() {
    let (system, hook) = (host().await, WebhookStandin::start().await.unwrap());
    let row = system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("by.two", json!({})).await;
    assert_eq!(system.connectors("PATCH", &at(&row), json!({ "enabled": false })).await.0, 200);
    for decision in ["approved", "denied"] {
        let key = system.key("user:jane@acme.com", &["approver"]).await;
        let who = if decision == "approved" { &system.keys.approver } else { &key };
        assert_eq!(system.resolve(who, &asked.id, json!({ "decision": decision })).await.0, 200);
        system.settle().await;
    }
    assert_eq!(kinds(&hook), ["approval.requested", "approval.vote_cast", "approval.denied"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policy_names_no_more_is_told_of_the_end() {
    let (system, hook) = (host().await, WebhookStandin::start().await.unwrap());
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("by.name", json!({})).await;
    system.put_policy(&POLICY.replace("[hook]", "[another]")).await;
    system.clock.advance(jiff::SignedDuration::from_secs(6));
    system.decide(&asked, "denied").await;
    assert_eq!(kinds(&hook), ["approval.requested", "approval.denied"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployments_own_card_is_told_of_the_end_though_a_connector_was_made_since() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().at(by_hand()).under(POLICY).with_slack(&slack).start().await;
    let asked = system.ask_and_settle("by.two", json!({})).await;
    let hook = WebhookStandin::start().await.unwrap();
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let cancel = json!({ "token": asked.token });
    assert_eq!(system.call("", "POST", "/api/guard/cancel", cancel).await.0, 200);
    system.settle().await;
    assert_eq!(slack.messages()[0].actions(), Vec::<String>::new(), "{}", slack.messages()[0].reads());
    assert_eq!(hook.calls(), 0, "what has ended is posted nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_connector_was_deleted_stays_as_it_is_which_is_noted_once() {
    let (system, hook) = (host().await, WebhookStandin::start().await.unwrap());
    let row = system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("by.two", json!({})).await;
    assert_eq!(system.connectors("DELETE", &format!("{}?force=true", at(&row)), Value::Null).await.0, 200);
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    system.settle().await;
    system.decide(&asked, "denied").await;
    system.minutes(10).await;
    assert_eq!(kinds(&hook), ["approval.requested"]);
    let mut activity = system.activities(&asked).await;
    assert_eq!(system.activity(&asked).await, ["dispatch_succeeded -", "dispatch_skipped -"]);
    let why = "its connector was deleted, so what it shows could not be brought up to date";
    assert_eq!(activity.pop().unwrap()["message"], why);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_gone_is_told_nothing_more() {
    let (system, hook) = (host().await, WebhookStandin::start().await.unwrap());
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("by.two", json!({})).await;
    hook.fail_next(Fault::Status(410, None));
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    system.settle().await;
    let calls = hook.calls();
    let key = system.key("user:jane@acme.com", &["approver"]).await;
    assert_eq!(system.resolve(&key, &asked.id, json!({ "decision": "denied" })).await.0, 200);
    system.settle().await;
    assert_eq!((hook.calls(), kinds(&hook)), (calls, vec!["approval.requested".to_owned()]));
}
