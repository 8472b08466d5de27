//! What connectors did lately, as admins see it.

use crate::harness::{Start, System};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::jira::stage::{Board, JANE};
use crate::journeys::slack::stage::{Stage, by_hand, mail};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::vendor::Fault as VendorFault;
use standins::webhook::WebhookStandin;

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000 }
actions: { by.any: { approvers: { anyOf: ["user:approver@localhost"] } } }
"#;

/// The newest entries: `<event> <message>`.
async fn newest(system: &System, limit: usize) -> Vec<String> {
    let (status, all) = system.connectors("GET", &format!("/activity?limit={limit}"), Value::Null).await;
    assert_eq!(status, 200, "{all}");
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    all.as_array().unwrap().iter().map(|e| format!("{} {}", text(e, "event"), text(e, "message"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_in_slack_is_activity_of_the_card_it_was_made_on() {
    let stage = Stage::with(Start::fresh().at(by_hand())).await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    stage.click(&card, "deny", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "denied");
    let expected = [
        "update_succeeded What the connector shows was brought up to date".to_owned(),
        format!("decision_received slack:{}/UJANE denied", stage.slack.team()),
        "dispatch_succeeded Connector delivery succeeded".to_owned(),
    ];
    assert_eq!(newest(&stage.system, 50).await, expected);
    let (_, all) = stage.system.connectors("GET", "/activity", Value::Null).await;
    assert_eq!((&all[1]["connector_id"], &all[1]["decision"]), (&json!("slack"), &json!("denied")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_in_jira_is_activity_of_its_board_and_one_in_the_inbox_of_none() {
    let board = Board::open().await;
    let (asked, key) = board.ask("deploy.one", json!({ "service": "billing" })).await;
    board.moves(&key, "Approved", JANE).await;
    let entries = board.system.activities(&asked).await;
    let received: Vec<&Value> = entries.iter().filter(|e| e["event"] == "decision_received").collect();
    assert_eq!(received.len(), 1, "{entries:?}");
    assert_eq!(received[0]["connector_id"], *board.connector);
    assert_eq!(received[0]["message"], format!("jira:{JANE} approved"));
    let (inbox, _) = board.ask("deploy.one", json!({ "service": "payroll" })).await;
    let omar = board.system.key("user:omar@acme.com", &["approver"]).await;
    assert_eq!(board.system.resolve(&omar, &inbox.id, json!({ "decision": "approved" })).await.0, 200);
    board.system.settle().await;
    assert!(board.system.activity(&inbox).await.iter().all(|what| !what.starts_with("decision_received")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_narrows_the_answer_and_not_the_search() {
    let system = Start::fresh().at(by_hand()).under(POLICY).start().await;
    let hook = WebhookStandin::start().await.unwrap();
    let row = system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    system.ask_and_settle("by.any", json!({})).await;
    let path = format!("/{}", row["id"].as_str().unwrap());
    assert_eq!(system.connectors("PATCH", &path, json!({ "enabled": false })).await.0, 200);
    for n in 0..12 {
        system.clock.advance(SignedDuration::from_secs(10));
        system.ask_and_settle("by.any", json!({ "n": n })).await;
    }
    assert_eq!(newest(&system, 1).await, ["dispatch_succeeded Connector delivery succeeded"]);
    assert_eq!(newest(&system, 200).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_entries_are_of_all_statuses() {
    let system = Start::fresh().at(by_hand()).under(POLICY).start().await;
    let hook = WebhookStandin::start().await.unwrap();
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    for decision in ["approved", "denied"] {
        system.clock.advance(SignedDuration::from_secs(10));
        let asked = system.ask_and_settle("by.any", json!({ "decision": decision })).await;
        system.clock.advance(SignedDuration::from_secs(10));
        system.decide(&asked, decision).await;
    }
    system.clock.advance(SignedDuration::from_secs(10));
    system.ask_and_settle("by.any", json!({})).await;
    let all = newest(&system, 200).await;
    assert_eq!(all.len(), 5);
    for limit in 1..5 {
        assert_eq!(newest(&system, limit).await, all[..limit], "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_disables_a_webhook_and_nothing_else() {
    let board = Board::open().await;
    board.jira.fail_at("POST /rest/api/3/issue", VendorFault::Answer(410, json!({})));
    let asked = board.system.ask_and_settle("deploy.one", json!({ "service": "billing" })).await;
    let now = board.system.connector_now(&json!({ "id": board.connector })).await;
    assert_eq!((&now["enabled"], &now["disabled_reason"]), (&json!(true), &Value::Null));
    assert_eq!(board.system.activity(&asked).await, ["dispatch_failed board", "fallback_to_ui board"]);
}
