//! The process is killed between a write and what follows from it, many times: nothing it had answered for is lost.

use crate::harness::process::Process;
use crate::harness::{POLICY, body, http, rounds};
use app::Random;
use serde_json::{Value, json};
use standins::slack::{Message, SlackStandin};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the host answered for.
#[derive(Clone, Default)]
struct Promised {
    created: Arc<Mutex<Vec<(String, String)>>>,
    decided: Arc<Mutex<Vec<(String, &'static str)>>>,
}

async fn call(url: &str, key: &str, path: &str, body: &Value) -> Option<Value> {
    let sent = http().post(format!("{url}{path}")).bearer_auth(key).json(body).send().await.ok()?;
    if sent.status() == 200 { sent.json().await.ok() } else { None }
}

/// Asks and decides until the process is gone.
async fn work(url: String, agent: String, approver: String, promised: Promised) {
    for n in 0_u32.. {
        let ask = body("plain.work", json!({ "n": n }));
        let Some(asked) = call(&url, &agent, "/api/guard/request", &ask).await else { return };
        let text = |key: &str| asked[key].as_str().unwrap().to_owned();
        promised.created.lock().unwrap().push((text("requestId"), text("token")));
        if n.is_multiple_of(3) {
            continue;
        }
        let decision = if n % 3 == 1 { "approved" } else { "denied" };
        let path = format!("/approvals/{}/resolve", text("requestId"));
        let Some(_) = call(&url, &approver, &path, &json!({ "decision": decision })).await else { return };
        promised.decided.lock().unwrap().push((text("requestId"), decision));
    }
}

/// Whether a card shows what became of its approval: buttons while it is open, none and the outcome once it is decided.
fn shows(message: &Message, status: &str) -> bool {
    match status {
        "pending" => message.actions().iter().any(|a| a == "approve"),
        decided => message.actions().is_empty() && message.reads().to_lowercase().contains(decided),
    }
}

fn is_of(message: &Message, id: &str) -> bool {
    message.versions.iter().any(|v| json!(v.blocks).to_string().contains(id))
}

/// Cards that show something else than what is.
fn wrong(slack: &SlackStandin, now: &[(String, String)]) -> Vec<Message> {
    let mut wrong = Vec::new();
    for message in slack.messages() {
        let of = now.iter().find(|(id, _)| is_of(&message, id));
        wrong.extend(of.filter(|(_, status)| !shows(&message, status)).map(|_| message.clone()));
    }
    wrong
}

/// Open approvals that nobody is shown.
fn unposted(slack: &SlackStandin, now: &[(String, String)]) -> usize {
    let messages = slack.messages();
    let open = now.iter().filter(|(_, status)| status == "pending");
    open.filter(|(id, _)| !messages.iter().any(|m| is_of(m, id))).count()
}

/// Clicks on a card that the host knows nothing of: its writer died before writing down where it is. That teaches it.
async fn click(url: &str, slack: &SlackStandin, card: &Message) {
    let request = slack.click(card, "deny", "UNOBODY").unwrap();
    let mut post = http().post(format!("{url}/api/slack/interactions")).body(request.body.clone());
    for (name, value) in &request.headers {
        post = post.header(name, value);
    }
    assert_eq!(post.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_killed_again_and_again_keeps_every_promise_and_every_card_comes_right() {
    let slack = SlackStandin::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    let text = format!("{POLICY}limits: {{ createsPerMinute: 1000000 }}\n");
    std::fs::write(&policy, text).unwrap();
    let promised = Promised::default();
    let rounds = rounds(3, 8);
    for _ in 0..rounds {
        let process = Process::start(folder.path(), &policy, &slack).await;
        let (agent, approver) = (process.keys.agent.clone(), process.keys.approver.clone());
        let workers: Vec<_> = (0..3)
            .map(|_| tokio::spawn(work(process.url.clone(), agent.clone(), approver.clone(), promised.clone())))
            .collect();
        let [random] = Random::System.bytes::<1>().unwrap();
        tokio::time::sleep(Duration::from_millis(30 + 2 * u64::from(random))).await;
        process.kill().await;
        for worker in workers {
            worker.await.unwrap();
        }
    }
    let process = Process::start(folder.path(), &policy, &slack).await;
    let created = promised.created.lock().unwrap().clone();
    let decided = promised.decided.lock().unwrap().clone();
    assert!(created.len() > rounds, "the host was killed before it did anything");
    let mut now = Vec::new();
    for (id, token) in &created {
        let told =
            call(&process.url, "", "/api/guard/wait", &json!({ "token": token })).await.expect("an approval is lost");
        let status = told["status"].as_str().unwrap().replace("ready_for_approval", "pending");
        if let Some((_, decision)) = decided.iter().find(|(decided, _)| decided == id) {
            assert_eq!(status, *decision, "a decision is lost");
        }
        now.push((id.clone(), status));
    }
    // A card whose writer was killed is nobody's to write until its lease is over, 40 s, and then it is the next minute's sweep's. One
    // whose writer was killed between posting and writing down where is known by a click on it, which waits for nobody's lease.
    let right = |slack: &SlackStandin| wrong(slack, &now).is_empty() && unposted(slack, &now) == 0;
    let mut all_right = false;
    for _ in 0..15 {
        let stray = wrong(&slack, &now);
        assert!(stray.len() <= 3 * rounds, "more than what was being written at a kill: {}", stray.len());
        for card in stray.iter().filter(|card| card.actions().iter().any(|a| a == "deny")) {
            click(&process.url, &slack, card).await;
        }
        all_right = all_right || slack.wait_until(right).await;
        if all_right {
            break;
        }
    }
    assert!(all_right, "{} cards are wrong, {} missing", wrong(&slack, &now).len(), unposted(&slack, &now));
    assert!(process.terminate().await);
}
