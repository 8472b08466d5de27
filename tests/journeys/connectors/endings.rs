//! The end of an approval is the last state that people see, however late the vendor answers an earlier update.

use crate::harness::{Asked, Start, System};
use crate::journeys::connectors::stage::pagerduty;
use crate::journeys::slack::stage::by_hand;
use app::deliver::deliver_approval::{PostedBefore, deliver_approval, find_approval};
use dispatch::Dispatch;
use domain::{ApprovalId, Workspace};
use futures::future::join;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::pagerduty::PagerDutyStandin;
use standins::vendor::Fault;
use std::time::Duration;
use tokio::time::timeout;

const POLICY: &str = r#"
actions:
  by.two: { approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
"#;

/// Far beyond what a writer of a card takes; at a clock of the test's own a lease is never over by itself.
const AT_MOST: Duration = Duration::from_secs(10);

/// A host that pages, whose `dispatch` is the test's to run, and a request for two.
struct Stage {
    system: System,
    pagerduty: PagerDutyStandin,
    asked: Asked,
}

impl Stage {
    /// And the first event that `dispatch` gets.
    async fn open() -> (Self, Value) {
        let pager = PagerDutyStandin::start().await.unwrap();
        let system = Start::fresh().at(by_hand()).under(POLICY).without("dispatch").start().await;
        system.connector(pagerduty("pager", &pager.url())).await;
        let mut events = system.bus.listen();
        let asked = system.ask_and_settle("by.two", json!({})).await;
        (Self { system, pagerduty: pager, asked }, events.try_recv().unwrap())
    }

    /// The alert was triggered, and somebody has voted since. Returns the event of that vote.
    async fn voted() -> (Self, Value) {
        let (stage, asked) = Self::open().await;
        stage.takes(asked).await;
        let voted = stage.votes("jane", "approved").await;
        (stage, voted)
    }

    async fn takes(&self, event: Value) {
        dispatch::handle(&Dispatch::from(&*self.system.gate), event).await.unwrap();
    }

    /// The event of a vote.
    async fn votes(&self, who: &str, decision: &str) -> Value {
        let key = self.system.key(&format!("user:{who}@acme.com"), &["approver"]).await;
        let mut events = self.system.bus.listen();
        let voted = self.system.resolve(&key, &self.asked.id, json!({ "decision": decision })).await;
        assert_eq!(voted.0, 200, "{voted:?}");
        self.system.settle().await;
        events.try_recv().unwrap()
    }

    /// Waits until so many calls have come.
    async fn called(&self, calls: usize) {
        assert!(self.pagerduty.wait_until(|pagerduty| pagerduty.taken().len() == calls).await);
    }

    /// Does this once somebody has found the card taken and said so to its holder.
    async fn once_told_to_look_again(&self, then: impl FnOnce()) {
        let mut written = self.system.engine.appended();
        let before = *written.borrow_and_update();
        written.wait_for(|now| *now > before).await.unwrap();
        then();
    }

    /// There is one alert, which is resolved, and it took these events.
    fn took(&self, actions: &[&str]) {
        let alerts = self.pagerduty.alerts();
        let [alert] = alerts.as_slice() else { panic!("{alerts:?}") };
        let taken: Vec<&str> = alert.events.iter().map(|event| event["event_action"].as_str().unwrap()).collect();
        assert_eq!((taken.as_slice(), alert.resolved), (actions, true));
    }

    /// Takes an event, and PagerDuty does not answer until somebody has ended it and that was looked into.
    async fn overtaken(&self, event: Value) {
        let so_far = self.pagerduty.taken().len();
        self.pagerduty.fail_next(Fault::Late);
        let ends = async {
            self.called(so_far + 1).await;
            let denied = self.votes("omar", "denied").await;
            join(self.takes(denied), self.once_told_to_look_again(|| self.pagerduty.let_go())).await;
        };
        timeout(AT_MOST, join(self.takes(event), ends))
            .await
            .expect("the last update waits for nothing but that answer");
    }

    /// Takes an event, and dies while PagerDuty does not answer.
    async fn dies_at(&self, event: Value) {
        let so_far = self.pagerduty.taken().len();
        self.pagerduty.fail_next(Fault::Hang);
        tokio::select! {
            () = self.called(so_far + 1) => {}
            () = self.takes(event) => panic!("it was to hang"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_while_the_first_trigger_is_on_its_way_resolves_the_one_alert() {
    let (stage, asked) = Stage::open().await;
    stage.overtaken(asked).await;
    stage.took(&["trigger", "resolve"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_arrives_late_does_not_reopen_what_was_decided_meanwhile() {
    let (stage, voted) = Stage::voted().await;
    stage.overtaken(voted).await;
    stage.took(&["trigger", "trigger", "resolve"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ending_waits_no_longer_for_somebody_who_died_than_the_lease_lasts() {
    let (stage, voted) = Stage::voted().await;
    stage.dies_at(voted).await;
    let denied = stage.votes("omar", "denied").await;
    let over = SignedDuration::from_secs(60);
    let ending = join(stage.takes(denied), stage.once_told_to_look_again(|| stage.system.clock.advance(over)));
    timeout(AT_MOST, ending).await.expect("the lease is over");
    stage.took(&["trigger", "resolve"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ending_whose_teller_dies_too_is_told_by_whom_the_sweep_tells() {
    let (stage, voted) = Stage::voted().await;
    stage.dies_at(voted).await;
    let denied = stage.votes("omar", "denied").await;
    tokio::select! {
        () = stage.once_told_to_look_again(|| {}) => {}
        () = stage.takes(denied) => panic!("the card is taken"),
    }
    let mut events = stage.system.bus.listen();
    stage.system.minutes(4).await;
    let due = events.try_recv().unwrap();
    assert_eq!(due["detail-type"], "delivery.due");
    stage.takes(due).await;
    stage.took(&["trigger", "resolve"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_a_vote_overtaken_by_the_ending_shows_the_ending() {
    let (stage, voted) = Stage::voted().await;
    let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&stage.asked.id).unwrap());
    let known = find_approval(&stage.system.gate, &workspace, &id, PostedBefore::Perhaps(None)).await.unwrap().unwrap();
    let denied = stage.votes("omar", "denied").await;
    deliver_approval(&stage.system.gate, &stage.system.gate.couriers, &known).await.unwrap();
    stage.took(&["trigger", "resolve"]);
    for event in [voted, denied] {
        stage.takes(event).await;
    }
    stage.took(&["trigger", "resolve"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_tell_the_ending_at_once_tell_it_no_third_time() {
    let (stage, voted) = Stage::voted().await;
    stage.takes(voted).await;
    let denied = stage.votes("omar", "denied").await;
    let so_far = stage.pagerduty.taken().len();
    stage.pagerduty.fail_next(Fault::Late);
    let second = async {
        stage.called(so_far + 1).await;
        stage.takes(denied.clone()).await;
        stage.pagerduty.let_go();
    };
    timeout(AT_MOST, join(stage.takes(denied.clone()), second)).await.expect("nobody waits for anybody");
    assert_eq!(stage.pagerduty.taken().len(), so_far + 2, "once each");
    stage.took(&["trigger", "trigger", "resolve"]);
}
