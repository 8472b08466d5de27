//! `/console/overview`: figures from bounded reads, on a clock that the test moves.

use crate::harness::System;
use crate::harness::pages::Browser;
use crate::journeys::connectors::stage::webhook;
use crate::routes::at_noon;
use domain::{Approval, ApprovalId, Workspace};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use standins::webhook::WebhookStandin;

async fn overview(system: &System, key: &str, query: &str) -> String {
    let mut browser = Browser::open(system);
    browser.sign_in(key, "/console").await;
    let page = browser.get(&format!("/console/overview{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

/// What a tile says.
fn tile<'a>(page: &'a str, name: &str) -> &'a str {
    let after = page.split(&format!("<dt>{name}</dt><dd><strong>")).nth(1).unwrap_or_else(|| panic!("{page}"));
    after.split('<').next().unwrap()
}

async fn stored(system: &System, id: &str) -> Approval {
    let id = ApprovalId::parse(id).unwrap();
    system.gate.store.get_approval(&Workspace::default_name(), &id).await.unwrap().unwrap()
}

/// Asks, and decides so many minutes later.
async fn decided(system: &System, action: &str, minutes: i64, decision: &str) {
    let asked = system.ask(action, json!({})).await;
    system.clock.advance(SignedDuration::from_mins(minutes));
    let (status, answer) = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": decision })).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_workspace_says_what_will_be_here() {
    let system = at_noon().await;
    let page = overview(&system, &system.keys.approver, "").await;
    assert_eq!((tile(&page, "Open now"), tile(&page, "Median time to decide")), ("0", "–"));
    assert!(page.contains("Nothing ended in the last 24 hours") && page.contains("No connector carries requests"));
    assert!(!page.contains("A sample"));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_those_of_what_happened() {
    let system = at_noon().await;
    decided(&system, "gmail.send", 10, "approved").await;
    decided(&system, "gmail.send", 20, "approved").await;
    decided(&system, "plain.<b>", 40, "denied").await;
    let taken_back = system.ask("plain.x", json!({})).await;
    system.call(&system.keys.agent, "POST", "/api/guard/cancel", json!({ "token": taken_back.token })).await;
    // Past its deadline, though nobody has written that down.
    system.ask("short.lived", json!({})).await;
    system.clock.advance(SignedDuration::from_mins(2));
    system.ask("plain.x", json!({})).await;
    let page = overview(&system, &system.keys.approver, "?span=day").await;
    let tiles = ["Open now", "Decided today", "Median time to decide", "95th percentile", "Denied", "Expired"];
    assert_eq!(tiles.map(|name| tile(&page, name)), ["1", "3", "20 min", "40 min", "1", "1"]);
    assert!(page.contains("by hour: 5 in all") && !page.contains("A sample"), "{page}");
    assert!(page.contains("<code>gmail.send</code>") && page.contains("2 approved"));
    assert!(
        page.contains("<code>demo</code>")
            && page.contains("2 approved, 1 denied, 1 expired, 1 cancelled or undelivered")
    );
    assert!(page.contains("plain.&lt;b&gt;") && !page.contains("<b>"));
    assert!(!page.contains("style=") && page.contains("role=\"img\"") && page.contains("As a table"));
    // 10:05 and 10, 20, 40 minutes, and what ended at 11:15 and 11:16.
    let rows: Vec<&str> = page.split("<tr>").filter(|row| row.starts_with("<th scope=\"row\">2026-04-21 1")).collect();
    assert!(rows[0].contains("11:00</th><td>0</td><td>1</td><td>1</td><td>1</td>"), "{}", rows[0]);
    assert!(rows[1].contains("10:00</th><td>2</td><td>0</td><td>0</td><td>0</td>"), "{}", rows[1]);
    // The next day, the day before is not today, and after a month it is nowhere.
    system.clock.advance(SignedDuration::from_hours(24));
    let week = overview(&system, &system.keys.admin, "?span=week").await;
    assert_eq!((tile(&week, "Decided today"), tile(&week, "Median time to decide")), ("0", "20 min"));
    system.clock.advance(SignedDuration::from_hours(40 * 24));
    let month = overview(&system, &system.keys.admin, "?span=month").await;
    assert_eq!((tile(&month, "Open now"), tile(&month, "Expired")), ("0", "0"));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_of_many_is_said() {
    let system = at_noon().await;
    let asked = system.ask("plain.x", json!({})).await;
    system.clock.advance(SignedDuration::from_mins(1));
    system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    let one = stored(&system, &asked.id).await;
    let more = (0_u128..404).map(|n| {
        let mut next = one.clone();
        next.id = ApprovalId::from_bits(n.to_be_bytes());
        next.decided_at = one.decided_at.map(|at| at + SignedDuration::from_secs(n as i64));
        next
    });
    let more: Vec<Approval> = more.collect();
    join_all(more.iter().map(|next| system.gate.store.put_new_approval(next)))
        .await
        .into_iter()
        .for_each(|put| drop(put.unwrap()));
    system.clock.advance(SignedDuration::from_mins(10));
    let page = overview(&system, &system.keys.approver, "").await;
    // 405 in all: the first, and four seconds of the others, are left out.
    assert!(page.contains("A sample") && page.contains("of the newest 400 approved"), "{page}");
    assert!(page.contains("the oldest is of 2026-04-21 10:06:04 UTC"), "{page}");
    assert_eq!(tile(&page, "Decided today"), "400+");
    assert!(page.contains("by hour: 400 in all"));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_counted_for_approvers_without_what_vendors_said() {
    let (hook, system) = (WebhookStandin::start().await.unwrap(), at_noon().await);
    hook.set_now(system.clock.now().as_second());
    let new = webhook("ops <hook>", &hook.url(), hook.secret());
    let (status, made) = system.call(&system.keys.admin, "POST", "/api/settings/approval-connectors", new).await;
    assert_eq!(status, 201, "{made}");
    system.ask("plain.x", json!({})).await;
    system.settle().await;
    let page = overview(&system, &system.keys.approver, "").await;
    assert!(page.contains("ops &lt;hook&gt;</th><td>1</td><td>0</td>"), "{page}");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspace_an_agent_and_nobody_see_none_of_it() {
    let system = at_noon().await;
    decided(&system, "gmail.send", 10, "approved").await;
    let foreign = crate::routes::key_in(&system, "elsewhere", "user:eve@acme.com", &["admin"]).await;
    let page = overview(&system, &foreign, "?span=month").await;
    assert!(tile(&page, "Decided today") == "0" && !page.contains("gmail.send"));
    let mut browser = Browser::open(&system);
    assert!(browser.get("/console/overview").await.to.contains("/sign-in"));
    browser.sign_in(&system.keys.agent, "/console").await;
    assert!(browser.get("/console/overview").await.to.contains("/sign-in"));
    system.stop().await;
}
