//! The process that executes, or the one that sweeps, dies at every call it makes to the table, and the receiver in the middle of its
//! answer: the action is executed exactly once all the same, and the sleeping agent is called back.

use crate::harness::mortal::{Moment, Mortal};
use crate::harness::{Asked, Start, System, body};
use app::Clock;
use app::sweep::sweep_due::sweep_due;
use dispatch::Dispatch;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::webhook::{Fault, WebhookStandin};
use std::collections::BTreeSet;
use tokio::sync::broadcast;

const POLICY: &str = r#"
routing: { callbackHosts: ["127.0.0.1"] }
limits: { createsPerMinute: 1000000 }
actions:
  mail.send:
    approvers: { anyOf: ["user:approver@localhost"] }
    onApproved: { connector: mailer, timeoutSec: 5 }
    redactParams: { mode: denylist, keys: [bcc] }
    allowParamOverrides: true
    overrideKeys: [subject]
"#;

/// How long, in minutes, what a crash left behind may take.
const PATIENCE: usize = 15;

/// An approval, and its agent where that sleeps until it is called back.
struct Case {
    asked: Asked,
    sleeper: Option<WebhookStandin>,
}

/// A host whose `dispatch` only the test runs, the executor, and the events on the bus.
struct Stage {
    system: System,
    receiver: WebhookStandin,
    events: broadcast::Receiver<Value>,
    executed: Vec<(String, String)>,
    sleepers: bool,
}

impl Stage {
    async fn set(sleepers: bool) -> Self {
        let clock = Clock::manual(Clock::Wall.now());
        let system = Start::fresh().under(POLICY).at(clock).without("dispatch").start().await;
        let receiver = WebhookStandin::start().await.unwrap();
        receiver.take_any_size();
        let headers = json!({ "X-Webhook-Secret": receiver.secret() });
        let connector = json!({ "name": "mailer", "endpoint": receiver.url(), "headers": headers });
        let path = "/api/settings/approval-connectors";
        let (status, made) = system.call(&system.keys.admin, "POST", path, connector).await;
        assert_eq!(status, 201, "{made}");
        let events = system.bus.listen();
        Self { system, receiver, events, executed: Vec::new(), sleepers }
    }

    /// The events for `dispatch` since the last call.
    async fn told(&mut self) -> Vec<Value> {
        self.system.settle().await;
        let mut told = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            let of = |key: &str| event["detail"][key].as_str().unwrap_or_default().to_owned();
            if event["detail-type"] == "approval.executed" {
                self.executed.push((of("id"), of("event_id")));
            }
            told.push(event);
        }
        told
    }

    /// A process that lives takes all events, until nothing more follows.
    async fn dispatch(&mut self) {
        loop {
            let told = self.told().await;
            if told.is_empty() {
                return;
            }
            for event in told {
                dispatch::handle(&Dispatch::from(&*self.system.gate), event).await.unwrap();
            }
        }
    }

    async fn ask(&mut self) -> Case {
        let mut asking =
            body("mail.send", json!({ "to": "jane@acme.com", "bcc": "boss@acme.com", "subject": "Hello" }));
        let sleeper = if self.sleepers { Some(WebhookStandin::start().await.unwrap()) } else { None };
        sleeper.iter().for_each(|sleeper| asking["callback"] = json!({ "url": sleeper.url() }));
        let asked = self.system.ask_for(asking).await;
        let mut key = Hmac::<sha2::Sha256>::new_from_slice(asked.token.as_bytes()).unwrap();
        key.update(b"countersign callback");
        let key = key.finalize().into_bytes();
        sleeper.iter().for_each(|sleeper| sleeper.believe_bytes(&key));
        self.dispatch().await;
        Case { asked, sleeper }
    }

    /// Asked and approved with an edit; and the event of that, which no process has taken yet.
    async fn approved(&mut self) -> (Case, Value) {
        let case = self.ask().await;
        let decision = json!({ "decision": "approved", "modified_action": { "subject": "Goodbye" } });
        let (status, answer) = self.system.resolve(&self.system.keys.approver, &case.asked.id, decision).await;
        assert_eq!(status, 200, "{answer}");
        let told = self.told().await.into_iter().find(|event| event["detail-type"] == "approval.approved");
        (case, told.expect("an approval is told"))
    }

    /// Minutes go by, and processes that live do what is left.
    async fn recover(&mut self, Case { asked, sleeper }: &Case, whence: &str) {
        for _ in 0..PATIENCE {
            self.dispatch().await;
            let told = self.system.poll(&asked.token).await;
            if told["execution"]["status"] != "pending" && sleeper.iter().all(|s| !s.deliveries().is_empty()) {
                return;
            }
            self.system.clock.advance(SignedDuration::from_mins(1));
            self.system.sweep().await;
        }
        let orders = self.orders(asked).len();
        panic!("{whence}: stuck, with {orders} orders: {}", self.system.poll(&asked.token).await);
    }

    fn orders(&self, asked: &Asked) -> Vec<Value> {
        let all = self.receiver.deliveries().into_iter().filter(|d| d.header("idempotency-key") == Some(&asked.id));
        all.map(|order| order.body["data"]["params"].clone()).collect()
    }

    /// Executed once, as it was edited; agent, people, history and the bus say so once; the sleeper was called once.
    async fn assert_once(&self, Case { asked, sleeper }: &Case, whence: &str) {
        let edited = json!({ "to": "jane@acme.com", "bcc": "boss@acme.com", "subject": "Goodbye" });
        assert_eq!(self.orders(asked), [edited], "{whence}");
        let told = self.system.poll(&asked.token).await;
        assert_eq!(told["execution"]["status"], "succeeded", "{whence}: {told}");
        let (_, inbox) = self.system.get(&self.system.keys.approver, &format!("/approvals/{}", asked.id)).await;
        assert_eq!(inbox["execution"], told["execution"], "{whence}");
        let entries = inbox["history"].as_array().unwrap().iter().filter(|entry| entry["event"] == "executed");
        assert_eq!(entries.count(), 1, "{whence}: {inbox}");
        let ids: BTreeSet<_> = self.executed.iter().filter(|(id, _)| *id == asked.id).collect();
        assert_eq!(ids.len(), 1, "{whence}: {ids:?}");
        assert!(sleeper.iter().all(|s| s.deliveries().len() == 1 && s.refusals().is_empty()), "{whence}");
        assert!(self.receiver.refusals().is_empty(), "{whence}");
    }

    /// Hours later nothing has been done again.
    async fn assert_at_rest(mut self, all: &[Case]) {
        self.system.clock.advance(SignedDuration::from_hours(3));
        self.system.sweep().await;
        self.dispatch().await;
        for case in all {
            self.assert_once(case, "hours later").await;
        }
        self.system.stop().await;
    }
}

/// Whether some crashes left open whether it was done: it came again, and the receivers dropped it.
fn assert_repeated(stage: &Stage, all: &[Case]) {
    let called_again = all.iter().filter_map(|case| case.sleeper.as_ref()).any(|sleeper| !sleeper.repeats().is_empty());
    assert!(!stage.receiver.repeats().is_empty() && called_again == stage.sleepers);
}

/// A process that acts between two calls may die before the act or after it.
const BOTH: &[Moment] = &[Moment::BeforeIt, Moment::AfterIt];

/// Somebody's process dies at each of its calls to the table, then others take over; how many calls it makes.
async fn dies<W>(stage: &mut Stage, all: &mut Vec<Case>, moments: &[Moment], mut work: W) -> usize
where
    W: AsyncFnMut(&Stage, &Case, &Mortal, Value) -> Option<()>,
{
    for call in 1.. {
        let mut died = false;
        for moment in moments {
            let whence = format!("dead {moment:?}, call {call}");
            let (case, told) = stage.approved().await;
            let mortal = stage.system.mortal(call, *moment);
            died |= work(stage, &case, &mortal, told).await.is_none();
            stage.recover(&case, &whence).await;
            stage.assert_once(&case, &whence).await;
            all.push(case);
        }
        if !died {
            return call - 1;
        }
    }
    unreachable!()
}

/// `dispatch` gets the event of the approval.
async fn execute(mortal: &Mortal, told: Value) -> Option<()> {
    mortal.lives(async { drop(dispatch::handle(&Dispatch::from(&mortal.gate), told).await.unwrap()) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_executed_exactly_once_wherever_its_process_dies() {
    let (mut stage, mut all) = (Stage::set(false).await, Vec::new());
    let calls = dies(&mut stage, &mut all, BOTH, async |_, _, mortal, told| execute(mortal, told).await).await;
    assert!(calls >= 6, "an execution take more than {calls} calls");
    assert_repeated(&stage, &all);
    stage.assert_at_rest(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_is_it_executed_twice_where_the_answer_broke_off_before() {
    let (mut stage, mut all) = (Stage::set(true).await, Vec::new());
    let work = async |stage: &Stage, case: &Case, mortal: &Mortal, told: Value| {
        case.sleeper.iter().chain([&stage.receiver]).for_each(|place| place.fail_next(Fault::BrokenAnswer));
        execute(mortal, told).await
    };
    let calls = dies(&mut stage, &mut all, BOTH, work).await;
    assert!(calls >= 8, "an execution and a call-back take more than {calls} calls");
    assert_repeated(&stage, &all);
    stage.assert_at_rest(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_is_it_forgotten_where_nobody_was_told_and_the_sweep_dies_too() {
    let (mut stage, mut all) = (Stage::set(false).await, Vec::new());
    let work = async |stage: &Stage, _: &Case, mortal: &Mortal, _| {
        stage.system.clock.advance(SignedDuration::from_mins(3));
        mortal.lives(async { assert_eq!(sweep_due(&mortal.gate, &mortal.gate.bus).await.unwrap().failed, 0) }).await
    };
    let calls = dies(&mut stage, &mut all, &[Moment::BeforeIt], work).await;
    assert!(calls >= 8, "a sweep takes more than {calls} calls");
    stage.assert_at_rest(&all).await;
}
