//! What one approval consumes of the table, line by line.

use crate::harness::{Start, System};
use crate::standins::slack::SlackStandin;
use local::ledger::{Ledger, Line};
use serde_json::json;

/// One approval from its asking to its card showing who approved.
async fn one(system: &System, slack: &SlackStandin, task: Option<&str>) {
    let before = slack.messages().len();
    let mut body = crate::harness::body("plain.mail", json!({ "to": "jane@acme.com" }));
    if let Some(task) = task {
        body["meta"]["taskId"] = json!(task);
    }
    let asked = system.ask_for(body).await;
    assert!(slack.wait_for(|all| all.len() > before).await);
    system.settle().await;
    system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    system.settle().await;
    assert!(slack.wait_for(|all| all.last().is_some_and(|card| card.actions().is_empty())).await);
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
}

/// The table's lines but for the agent's own polls, and what they add up to.
fn page(lines: &[Line]) -> (String, f64, f64) {
    let mut page = String::new();
    let (mut write, mut read) = (0.0, 0.0);
    for line in lines {
        (write, read) = (write + line.write_units, read + line.read_units);
        let indexes: Vec<String> = line.per_index.iter().map(|(name, units)| format!("{name} {units}")).collect();
        page += &format!(
            "{:<12} {:<10} {:>4} write {:>4} read  {}\n",
            line.operation,
            line.table_key_kind,
            line.write_units,
            line.read_units,
            indexes.join(", ")
        );
    }
    page += &format!("{:<12} {:<10} {write:>4} write {read:>4} read\n", "", "all");
    (page, write, read)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_approval_with_a_card_stays_within_its_ledger() {
    let slack = SlackStandin::start().await.unwrap();
    let ledger = Ledger::default();
    let system = Start::fresh().with_slack(&slack).recording(&ledger).start().await;
    // The first one finds out who Slack is and reads the policy.
    one(&system, &slack, None).await;
    ledger.take();
    one(&system, &slack, None).await;
    let mut lines = ledger.take();
    // The agent's own read at the end: each poll is one.
    assert_eq!(lines.pop().map(|line| line.operation).as_deref(), Some("GetItem"));
    let (plain, write, read) = page(&lines);
    one(&system, &slack, Some("task-1")).await;
    let mut lines = ledger.take();
    lines.pop();
    let (with_task, write_with_task, _) = page(&lines);
    insta::assert_snapshot!(format!("{plain}\nwith a task id\n{with_task}"));
    // DESIGN §2: 14 and 6, 17 with a task id, one write of them for a WebSocket's subscription.
    assert!(write <= 13.0 && read <= 6.0 && write_with_task <= 16.0);
    system.stop().await;
}
