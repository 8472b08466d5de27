//! The sweep goes on through its minute: what becomes due is done at its own second, also what was put after the sweep began.

use crate::harness::socket::Socket;
use crate::harness::{Asked, Start, System};
use app::sweep::tell_ahead::Ahead;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use standins::slack::SlackStandin;

const POLICY: &str = r#"
routing: { defaultChannel: C0123 }
actions:
  "in.1": { timeoutSec: 1, approvers: { anyOf: ["user:approver@localhost"] } }
  "in.2": { timeoutSec: 2, approvers: { anyOf: ["user:approver@localhost"] } }
  "in.3": { timeoutSec: 3, approvers: { anyOf: ["user:approver@localhost"] } }
"#;
/// It is two seconds on a machine with nothing else to do, which is no matter of a test; a sweep that waits for its minute takes more.
const MOST: SignedDuration = SignedDuration::from_secs(12);

/// How long after the deadline the expiry arrived on a WebSocket.
async fn told_after(system: &System, asked: &Asked) -> SignedDuration {
    let mut socket = Socket::wait_for(system, &asked.token).await;
    let last = socket.until_over(&asked.id).await.pop().unwrap();
    assert_eq!(last["data"]["status"], "expired");
    let deadline: Timestamp = asked.answer["expiresAt"].as_str().unwrap().parse().unwrap();
    system.clock.now().duration_since(deadline)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_is_told_by_event_card_and_push_long_before_the_next_sweep() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().under(POLICY).with_slack(&slack).start().await;
    let mut events = system.bus.listen();
    system.invoker.invoke("SweepFunction", json!({ "detail-type": "Scheduled Event" }));
    let asked = join_all((0..9).map(|n| system.ask(["in.1", "in.2", "in.3"][n % 3], json!({ "n": n })))).await;
    let late = join_all(asked.iter().map(|asked| told_after(&system, asked))).await;
    println!("told after {late:?}");
    assert!(late.iter().all(|late| *late <= MOST), "{late:?}");
    let shown = |all: &[standins::slack::Message]| all.iter().filter(|card| card.actions().is_empty()).count();
    assert!(slack.wait_for(|all| shown(all) == asked.len()).await, "each card says so");
    let is_expiry = |event: &Value| event["detail-type"] == "approval.expired";
    let at = std::iter::from_fn(|| events.try_recv().ok()).filter(is_expiry);
    let late = at.map(|event| {
        let (at, deadline) = (&event["detail"]["at"], &event["detail"]["approval"]["expires_at"]);
        let time = |text: &Value| text.as_str().unwrap().parse::<Timestamp>().unwrap();
        time(at).duration_since(time(deadline))
    });
    let late: Vec<SignedDuration> = late.collect();
    assert!(late.len() == asked.len() && late.iter().all(|late| *late <= MOST), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_second_does_what_has_become_due_and_no_more() {
    let noon = app::Clock::manual("2026-11-22T12:00:00Z".parse().unwrap());
    let system = Start::fresh().under(POLICY).at(noon).start().await;
    system.sweep().await;
    let mut ahead = Ahead::since(system.clock.now());
    // Asked for after the sweep began.
    let asked = join_all(["in.1", "in.2", "in.3"].map(|action| system.ask(action, json!({})))).await;
    for second in 1..=3 {
        system.clock.advance(SignedDuration::from_secs(1));
        ahead.tell(&system.gate, &system.gate.bus).await.unwrap();
        let mut written = 0;
        for asked in &asked {
            let id = domain::ApprovalId::parse(&asked.id).unwrap();
            let workspace = domain::Workspace::default_name();
            let stored = system.gate.store.get_approval(&workspace, &id).await.unwrap().unwrap();
            written += usize::from(stored.status == domain::Status::Expired);
        }
        assert_eq!(written, second);
    }
}
