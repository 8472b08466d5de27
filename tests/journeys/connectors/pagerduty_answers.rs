//! People acknowledge and resolve incidents in PagerDuty: that decides nothing.

use crate::harness::{Asked, Start, System};
use crate::journeys::jira::stage::{call_back, connect};
use crate::journeys::slack::stage::by_hand;
use app::Clock;
use app::deliver::show_again::show_again;
use domain::{ApprovalId, Workspace};
use serde_json::{Value, json};
use standins::pagerduty::{Alert, PagerDutyStandin, ROUTING_KEY, WEBHOOK_SECRET};
use standins::vendor::Fault;
use std::time::Duration;

/// A host that pages, and a request that it pages for.
struct Duty {
    pagerduty: PagerDutyStandin,
    system: System,
    connector: String,
    asked: Asked,
}

fn connector(pagerduty: &PagerDutyStandin, name: &str, secret: &str) -> Value {
    let headers = json!({ "X-PagerDuty-Routing-Key": ROUTING_KEY, "X-PagerDuty-Webhook-Secret": secret });
    json!({ "name": name, "type": "pagerduty", "endpoint": pagerduty.url(), "headers": headers })
}

impl Duty {
    async fn open() -> Self {
        Self::open_at(Clock::Wall).await
    }

    async fn open_at(clock: Clock) -> Self {
        let pagerduty = PagerDutyStandin::start().await.unwrap();
        let system = Start::fresh().at(clock).start().await;
        let made = connector(&pagerduty, "pager", WEBHOOK_SECRET);
        let connector = connect(&system, &system.keys.admin, made).await;
        let asked = system.ask("plain.deploy", json!({ "service": "billing" })).await;
        system.settle().await;
        Self { pagerduty, system, connector, asked }
    }

    /// Something happens to the incident.
    async fn hears(&self, event: &str, user: Option<&str>) {
        let signed = self.pagerduty.webhook(event, &self.asked.id, user);
        assert_eq!(call_back(&self.system, "pagerduty", &self.connector, &signed).await, (200, Value::Null));
        self.system.settle().await;
    }

    fn alerts(&self) -> Vec<Alert> {
        self.pagerduty.alerts()
    }

    /// Somebody resolves the alert by hand.
    fn resolve(&self) {
        self.pagerduty.with(|p| p.alerts.iter_mut().for_each(|alert| alert.resolved = true));
    }

    async fn history(&self) -> Value {
        let path = format!("/approvals/{}", self.asked.id);
        self.system.get(&self.system.keys.admin, &path).await.1["history"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_acknowledge_is_not_to_approve() {
    let duty = Duty::open().await;
    let before = (duty.system.poll(&duty.asked.token).await, duty.history().await);
    for event in ["incident.acknowledged", "incident.delegated", "incident.annotated", "service.updated"] {
        duty.hears(event, Some("PUSER01")).await;
    }
    assert_eq!((duty.system.poll(&duty.asked.token).await, duty.history().await), before);
    assert_eq!((duty.alerts().len(), duty.alerts()[0].events.len()), (1, 1), "nothing more was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_resolved_by_hand_while_it_waits_decides_nothing_and_is_triggered_anew() {
    let duty = Duty::open().await;
    let before = (duty.system.poll(&duty.asked.token).await, duty.history().await);
    for user in [Some("PUSER01"), None] {
        duty.resolve();
        duty.hears("incident.resolved", user).await;
        assert_eq!((duty.system.poll(&duty.asked.token).await, duty.history().await), before);
        assert!(!duty.alerts().last().unwrap().resolved, "somebody is still waited for");
    }
    assert_eq!(duty.alerts().len(), 3);
    // A repeat is about an alert that is triggered already.
    duty.hears("incident.resolved", None).await;
    assert_eq!(duty.alerts().len(), 3);
    // What was triggered anew is resolved with the approval, which is resolved for good.
    let approved = json!({ "decision": "approved" });
    assert_eq!(duty.system.resolve(&duty.system.keys.approver, &duty.asked.id, approved).await.0, 200);
    duty.system.settle().await;
    assert!(duty.alerts().iter().all(|alert| alert.resolved));
    let events: usize = duty.alerts().iter().map(|alert| alert.events.len()).sum();
    duty.hears("incident.resolved", None).await;
    assert_eq!(duty.alerts().iter().map(|alert| alert.events.len()).sum::<usize>(), events);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_pagerduty_does_not_answer_the_callback_is_answered_all_the_same() {
    let duty = Duty::open().await;
    duty.resolve();
    duty.pagerduty.fail_next(Fault::Answer(500, Value::Null));
    duty.hears("incident.resolved", Some("PUSER01")).await;
    assert_eq!(duty.alerts().len(), 1, "it is tried again a minute later");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_while_it_is_triggered_anew_is_cut_short_lets_go_and_is_due() {
    let duty = Duty::open_at(by_hand()).await;
    duty.resolve();
    duty.pagerduty.fail_next(Fault::Hang);
    let (gate, (workspace, id)) =
        (&duty.system.gate, (Workspace::default_name(), ApprovalId::parse(&duty.asked.id).unwrap()));
    show_again(gate, &gate.couriers, &workspace, &id, &duty.connector, Duration::from_millis(200)).await;
    let (_, deliveries) = gate.store.get_approval_with_deliveries(&workspace, &id).await.unwrap().unwrap();
    assert!(deliveries[0].leased_until.is_some_and(|until| until <= duty.system.clock.now()), "let go");
    assert_eq!(deliveries[0].log.last().unwrap().event.word(), "update_failed", "what came of it is known");
    assert_eq!(duty.alerts().len(), 1);
    duty.system.minutes(2).await;
    assert_eq!(duty.alerts().len(), 2, "triggered anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_connector_that_pages_hears_of_it() {
    let duty = Duty::open().await;
    let (system, admin) = (&duty.system, &duty.system.keys.admin);
    let other = connect(system, admin, connector(&duty.pagerduty, "other", WEBHOOK_SECRET)).await;
    let third = connect(system, admin, connector(&duty.pagerduty, "third", "an0therSecret")).await;
    duty.resolve();
    let signed = duty.pagerduty.webhook("incident.resolved", &duty.asked.id, Some("PUSER01"));
    assert_eq!(call_back(system, "pagerduty", &third, &signed).await.0, 400);
    assert_eq!(
        call_back(system, "pagerduty", &duty.connector, &signed.clone().forged("PUSER01", "PUSER02")).await.0,
        400
    );
    assert_eq!(call_back(system, "jira", &duty.connector, &signed).await.0, 400);
    assert_eq!(call_back(system, "pagerduty", &other, &signed).await.0, 200);
    system.settle().await;
    assert_eq!(duty.alerts().len(), 1, "none of them is heeded");
}
