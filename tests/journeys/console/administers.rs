//! An admin connects, tests, replays, and changes the policy.

use super::decides::POLICY;
use crate::harness::chromium::Chromium;
use crate::harness::{Start, System};
use crate::journeys::connectors::stage::webhook;
use serde_json::json;
use standins::webhook::{Fault, WebhookStandin};
use std::sync::Arc;
use tokio::sync::Notify;

/// A host, and an admin with a browser, signed in.
async fn admin() -> (System, Chromium) {
    let system = Start::fresh().under(POLICY).start().await;
    let browser = Chromium::open(&system).await;
    browser.sign_in(&system.keys.admin).await;
    (system, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_is_made_and_tested_with_its_checks_as_they_finish() {
    let (system, browser) = admin().await;
    let hook = WebhookStandin::start().await.unwrap();
    browser.press("Settings").await;
    browser.see("No connector yet.").await;
    browser.press("Add a connector").await;
    browser.press("Webhook").await;
    browser.fill("#name", "ops-hook").await;
    browser.fill("#endpoint", "ftp://nowhere").await;
    browser.press("Add the connector").await;
    browser.see("must").await;
    browser.fill("#endpoint", &hook.url()).await;
    browser.fill("[name='header:X-Webhook-Secret']", hook.secret()).await;
    browser.press("Add the connector").await;
    browser.see("The connector is there.").await;
    assert!(!browser.run("return document.documentElement.outerHTML").await.as_str().unwrap().contains(hook.secret()));
    // It answers when it is allowed to: until then the first two checks have passed, and the third runs.
    let answer = Arc::new(Notify::new());
    hook.fail_next(Fault::Held(answer.clone()));
    browser.press("Test").await;
    browser.see("running").await;
    assert_eq!(browser.run("return document.querySelectorAll('.chip.passed').length").await, 2);
    answer.notify_one();
    browser.see("healthy").await;
    assert_eq!(browser.run("return document.querySelectorAll('.chip.passed').length").await, 3);
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_replayed() {
    let (system, browser) = admin().await;
    let hook = WebhookStandin::start().await.unwrap();
    system.connector(webhook("ops-hook", &hook.url(), hook.secret())).await;
    hook.fail_next(Fault::Status(400, None));
    system.ask_and_settle("gmail.send", json!({ "to": "jane@acme.com" })).await;
    browser.go("/console/settings/dead-letters").await;
    browser.see("HTTP 400").await;
    browser.press("Replay").await;
    browser.see("tried again").await;
    system.settle().await;
    assert_eq!(hook.deliveries().len(), 1);
    browser.go("/console/settings/activity").await;
    browser.see("dispatch succeeded").await;
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_changed_after_its_difference_was_seen() {
    let (system, browser) = admin().await;
    browser.go("/console/settings/policy").await;
    browser.see("Review the change").await;
    let wrong = POLICY.replace("approvers: { anyOf: [\"user:omar@acme.com\"] }", "approvers: { anyOf: [\"omar\"] }");
    let right = POLICY.replace("Roll back {params.service}", "Roll {params.service} back");
    let typed = |text: &str| format!("document.getElementById('text').value = {}", json!(text));
    browser.run(&typed(&wrong)).await;
    browser.press("Review the change").await;
    browser.see("deploy.rollback").await;
    browser.run(&typed(&right)).await;
    browser.fill("#action", "deploy.rollback").await;
    browser.press("Review the change").await;
    browser.see("user:omar@acme.com").await;
    assert!(browser.reads().await.contains("Roll {params.service} back"));
    browser.press("Put in force").await;
    browser.see("The policy is in force.").await;
    let (_, asked) = (system.settle().await, system.ask("deploy.rollback", json!({ "service": "billing" })).await);
    browser.go(&format!("/console/approvals/{}", asked.id)).await;
    browser.see("Roll “billing” back").await;
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_settings_fits_and_has_no_serious_fault_of_access() {
    let (system, browser) = admin().await;
    let hook = WebhookStandin::start().await.unwrap();
    browser.look_at("settings-connectors-empty", "/console/settings/connectors").await;
    let row = system.connector(webhook("ops-hook", &hook.url(), hook.secret())).await;
    hook.fail_next(Fault::Status(400, None));
    let asked = system.ask_and_settle("gmail.send", json!({ "to": "jane@acme.com" })).await;
    system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    system.ask_and_settle("gmail.send", json!({ "to": "omar@acme.com" })).await;
    let id = row["id"].as_str().unwrap();
    for (name, path) in [
        ("connectors", "connectors".to_owned()),
        ("connector-new", "connectors/new".to_owned()),
        ("connector-new-slack", "connectors/new?type=slack".to_owned()),
        ("connector", format!("connectors/{id}")),
        ("connector-delete", format!("connectors/{id}/delete")),
        ("defaults", "defaults".to_owned()),
        ("activity", "activity".to_owned()),
        ("dead-letters", "dead-letters".to_owned()),
        ("policy", "policy".to_owned()),
        ("keys", "keys".to_owned()),
        ("agents", "agents".to_owned()),
    ] {
        browser.look_at(&format!("settings-{name}"), &format!("/console/settings/{path}")).await;
    }
    for span in ["day", "week", "month"] {
        browser.look_at(&format!("overview-{span}"), &format!("/console/overview?span={span}")).await;
    }
    browser.close().await;
    system.stop().await;
}
