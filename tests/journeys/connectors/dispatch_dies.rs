//! `dispatch` is killed in the middle of an attempt, again and again: the attempt is repeated until a process lives through it.

use crate::harness::{Start, System};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use crate::journeys::sweep::dues::deliveries_due;
use dispatch::Dispatch;
use domain::{ApprovalId, Workspace};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{Fault as SlackFault, SlackStandin};
use standins::webhook::{Fault, WebhookStandin};
use store::deliveries::DeliveryOf;
use store::due::{DueKind, minute_of, start_of};
use tokio::sync::broadcast::Receiver;

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000, defaultChannel: C0123 }
actions:
  told: { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { connectors: [hook] } }
  told.two: { approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
  done:
    approvers: { anyOf: ["user:approver@localhost"] }
    onApproved: { connector: hook, timeoutSec: 120 }
"#;

/// More deaths than there are tellings of anything that is due.
const DEATHS: usize = 8;

/// A host whose `dispatch` is the test's to run, and a webhook.
struct Stage {
    system: System,
    hook: WebhookStandin,
    events: Receiver<Value>,
}

impl Stage {
    async fn open() -> Self {
        let system = Start::fresh().at(by_hand()).under(POLICY).without("dispatch").start().await;
        let hook = WebhookStandin::start().await.unwrap();
        hook.take_any_size();
        system.connector(webhook("hook", &hook.url(), hook.secret())).await;
        let events = system.bus.listen();
        Self { system, hook, events }
    }

    /// The events for `dispatch` since the last call.
    async fn told(&mut self) -> Vec<Value> {
        self.system.settle().await;
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    /// Takes the events, until it dies at the first attempt it makes; returns whether it died. Events that it has not taken yet are lost.
    async fn dies(&mut self) -> bool {
        for event in self.told().await {
            self.hook.fail_next(Fault::Hang);
            let (calls, has) = (self.hook.calls(), Dispatch::from(&*self.system.gate));
            tokio::select! {
                called = self.hook.wait_until(|hook| hook.calls() > calls) => return called,
                done = dispatch::handle(&has, event) => drop(done.unwrap()),
            }
        }
        false
    }

    /// Lets minutes pass until `dispatch` has died so often; then it lives, and takes events until nothing more follows.
    async fn die_and_live(&mut self) {
        let (mut deaths, mut minutes) = (0, 0);
        while deaths < DEATHS {
            deaths += usize::from(self.dies().await);
            self.minute().await;
            minutes += 1;
            assert!(minutes < DEATHS * 6, "after {deaths} deaths nobody is told any more");
        }
        self.hook.forget_faults();
        for _ in 0..6 {
            for event in self.told().await {
                dispatch::handle(&Dispatch::from(&*self.system.gate), event).await.unwrap();
            }
            self.minute().await;
        }
    }

    async fn minute(&self) {
        self.system.clock.advance(SignedDuration::from_mins(1));
        self.system.sweep().await;
    }

    fn kinds(&self) -> Vec<String> {
        self.hook.deliveries().iter().map(|d| d.kind().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_posting_that_is_killed_each_time_is_made_once_somebody_lives() {
    let mut stage = Stage::open().await;
    stage.system.ask("told", json!({})).await;
    stage.die_and_live().await;
    assert_eq!(stage.kinds(), ["approval.requested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_is_killed_each_time_is_made_once_somebody_lives() {
    let mut stage = Stage::open().await;
    let asked = stage.system.ask("done", json!({})).await;
    stage.told().await;
    let decision = json!({ "decision": "approved" });
    assert_eq!(stage.system.resolve(&stage.system.keys.approver, &asked.id, decision).await.0, 200);
    stage.die_and_live().await;
    assert_eq!(stage.kinds().iter().filter(|kind| *kind == "approval.execute").count(), 1);
    assert_eq!(stage.system.poll(&asked.token).await["execution"]["status"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_executed_does_not_wait_for_a_card() {
    let (slack, hook) = (SlackStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    hook.take_any_size();
    let system = Start::fresh().at(by_hand()).under(POLICY).with_slack(&slack).start().await;
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let asked = system.ask_and_settle("done", json!({})).await;
    assert_eq!(slack.messages().len(), 1);
    slack.fail_next(SlackFault::Late);
    let decision = json!({ "decision": "approved" });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, decision).await.0, 200);
    assert!(hook.wait_until(|hook| hook.calls() == 1).await, "the card is still on its way");
    slack.let_go();
    system.settle().await;
    assert_eq!(system.poll(&asked.token).await["execution"]["status"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_ttl_removed_before_anybody_was_told_is_told_all_the_same() {
    let mut stage = Stage::open().await;
    let asked = stage.system.ask("told", json!({})).await;
    stage.hook.fail_next(Fault::Status(503, None));
    for event in stage.told().await {
        dispatch::handle(&Dispatch::from(&*stage.system.gate), event).await.unwrap();
    }
    assert_eq!(deliveries_due(&stage.system, &asked).await, 1);
    stage.system.clock.advance(SignedDuration::from_mins(10));
    assert!(stage.system.engine.sweep_ttl().await.unwrap() > 0);
    stage.system.settle().await;
    let told = stage.told().await;
    assert_eq!(told.iter().filter(|event| event["detail-type"] == "delivery.due").count(), 1);
    for event in told {
        dispatch::handle(&Dispatch::from(&*stage.system.gate), event).await.unwrap();
    }
    assert_eq!(stage.kinds(), ["approval.requested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attempt_begins_that_may_outlast_the_lease() {
    let slack = SlackStandin::start().await.unwrap();
    let app = app::Slack { api_url: slack.url(), bot_token: None, signing_secret: None, team: Default::default() };
    let system = Start::fresh().at(by_hand()).under(POLICY).with_slack_app(app).start().await;
    let headers = json!({ "X-Slack-Bot-Token": slack.bot_token() });
    let app =
        json!({ "name": "slack", "type": "slack", "endpoint": "C0123", "headers": headers, "timeout_seconds": 30 });
    let connector = system.connector(app).await;
    let asked = system.ask_and_settle("told.two", json!({})).await;
    // A picture arrives when a third of its lease of a minute is left, and meanwhile there is something newer.
    slack.fail_next(SlackFault::Late);
    let key = system.key("user:jane@acme.com", &["approver"]).await;
    assert_eq!(system.resolve(&key, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    assert!(slack.wait_until(|slack| slack.calls().iter().any(|call| call == "chat.update")).await);
    let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&asked.id).unwrap());
    let of = DeliveryOf { workspace: &workspace, id: &id, connector: connector["id"].as_str().unwrap() };
    assert!(system.gate.store.nudge_delivery(of, system.clock.now()).await.unwrap());
    system.clock.advance(SignedDuration::from_secs(40));
    slack.let_go();
    system.settle().await;
    assert!(slack.messages()[0].reads().contains("1 of 2 approvals"));
    let next = start_of(minute_of(system.clock.now()) + 1);
    let due = system.gate.store.list_due(minute_of(next), next).await.unwrap();
    assert_eq!(
        due.iter().map(|due| (due.kind, due.at)).collect::<Vec<_>>(),
        [(DueKind::Delivery, next)],
        "handed over"
    );
}
