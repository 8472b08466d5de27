//! What one approval consumes of the table, line by line.

use crate::harness::socket::Socket;
use crate::harness::{Asked, POLICY, Start, System, body};
use local::ledger::{Ledger, Line};
use serde_json::{Value, json};
use standins::slack::SlackStandin;
use standins::webhook::WebhookStandin;

/// One approval from the request to the card that shows who approved, with an agent that waits on a WebSocket.
async fn one(system: &System, slack: &SlackStandin, task: Option<&str>) {
    let before = slack.messages().len();
    let mut body = crate::harness::body("plain.mail", json!({ "to": "jane@acme.com" }));
    if let Some(task) = task {
        body["meta"]["taskId"] = json!(task);
    }
    let asked = system.ask_for(body).await;
    assert!(slack.wait_for(|all| all.len() > before).await);
    system.settle().await;
    let mut socket = Socket::wait_for(system, &asked.token).await;
    assert_eq!(socket.next().await["data"]["status"], "ready_for_approval");
    system.settle().await;
    let decision = json!({ "decision": "approved", "digest": asked.answer["digest"] });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, decision).await.0, 200);
    system.settle().await;
    assert!(slack.wait_for(|all| all.last().is_some_and(|card| card.actions().is_empty())).await);
    assert_eq!(socket.until_over(&asked.id).await.len(), 1);
}

/// The table's lines, and what they add up to. The stream's consumers run side by side, so the order is the page's own.
fn page(mut lines: Vec<Line>) -> (String, f64, f64) {
    let order = |line: &Line| (line.table_key_kind.clone(), line.operation.clone(), line.write_units.to_bits());
    lines.sort_by(|a, b| order(a).cmp(&order(b)).then(a.read_units.total_cmp(&b.read_units)));
    let mut page = String::new();
    let (mut write, mut read) = (0.0, 0.0);
    for line in &lines {
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
async fn one_approval_with_a_card_and_a_websocket_stays_within_its_ledger() {
    let slack = SlackStandin::start().await.unwrap();
    let ledger = Ledger::default();
    let system = Start::fresh().with_slack(&slack).recording(&ledger).start().await;
    // The first one finds out who Slack is and reads the policy.
    one(&system, &slack, None).await;
    ledger.take();
    one(&system, &slack, None).await;
    let (plain, write, read) = page(ledger.take());
    one(&system, &slack, Some("task-1")).await;
    let (with_task, write_with_task, _) = page(ledger.take());
    insta::assert_snapshot!(format!("{plain}\nwith a task id\n{with_task}"));
    // One read is made under a card's lease: a request that ended a moment ago is not posted.
    assert!(write <= 14.0 && read <= 7.0 && write_with_task <= 17.0);
    system.stop().await;
}

/// The ways of waiting beside a WebSocket.
const WAYS: [&str; 5] = ["stream", "bursts", "held poll", "polls", "callback"];

/// The agent waits, somebody approves, and the agent knows.
async fn wait_until_approved(system: &System, way: &str, asked: &Asked) {
    let approve = async {
        let decided = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
        assert_eq!(decided.0, 200, "{}", decided.1);
    };
    let stream = || system.request("GET", &format!("/api/guard/wait?token={}", asked.token));
    let told = match way {
        "stream" => {
            let stream = stream().send().await.unwrap();
            approve.await;
            stream.text().await.unwrap()
        }
        "bursts" => {
            let first = stream().send().await.unwrap().text().await.unwrap();
            assert!(first.contains("ready_for_approval"), "{first}");
            let again = stream().header("last-event-id", "1").send();
            let (told, ()) = tokio::join!(async { again.await.unwrap().text().await.unwrap() }, approve);
            told
        }
        "held poll" => {
            let held = json!({ "token": asked.token, "waitSec": 25 });
            let ((_, told), ()) = tokio::join!(system.call("", "POST", "/api/guard/wait", held), approve);
            told.to_string()
        }
        _ => {
            approve.await;
            system.poll(&asked.token).await.to_string()
        }
    };
    assert!(told.contains("approved"), "{way}: {told}");
    system.settle().await;
}

/// Invocations of functions, by name.
fn invoked(ledger: &Ledger, name: &str) -> usize {
    ledger.take_invocations().iter().filter(|one| one.function == name).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_way_of_waiting_stays_within_the_ledger_too() {
    let policy = POLICY.replace("routing: {", "routing: { callbackHosts: [\"127.0.0.1\"],");
    for way in WAYS {
        let (slack, sleeper) = (SlackStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
        let ledger = Ledger::default();
        let start = Start::fresh().with_slack(&slack).under(&policy).recording(&ledger);
        let system = if way == "bursts" { start.buffering() } else { start }.start().await;
        let mut asking = body("plain.mail", json!({ "to": "jane@acme.com" }));
        if way == "callback" {
            asking["callback"] = json!({ "url": sleeper.url() });
        }
        // The first one finds out who Slack is and reads the policy.
        for _ in 0..2 {
            system.settle().await;
            ledger.take();
            ledger.take_invocations();
            let asked = system.ask_for(Value::clone(&asking)).await;
            system.settle().await;
            wait_until_approved(&system, way, &asked).await;
        }
        let (page, write, read) = page(ledger.take());
        let lines = page.lines().count();
        assert!(lines > 8, "something is not written down:\n{page}");
        let most = if way == "callback" { 16.0 } else { 14.0 };
        assert!(write <= most && read <= 11.0, "{way}:\n{page}");
        let waiting = match way {
            "stream" => "wait-stream",
            "bursts" => "wait",
            "callback" => "dispatch",
            _ => "poll",
        };
        system.stop().await;
        let count = invoked(&ledger, waiting);
        assert!((1..=2).contains(&count), "{way}: {waiting} {count} times");
    }
}
