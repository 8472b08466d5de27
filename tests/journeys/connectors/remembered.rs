//! What a function remembers of policy and connectors is up to five seconds old, and each as of another moment: nobody is refused, and
//! nothing is given up, by what is not so any more.

use crate::harness::mortal::Moment;
use crate::harness::{Start, System};
use crate::journeys::connectors::stage::webhook;
use crate::journeys::slack::stage::by_hand;
use app::settings::connectors::input::ConnectorInput;
use app::settings::connectors::manage_connectors::{change_connector, create_connector};
use app::{Caller, Couriers};
use domain::{Principal, Role, Workspace};
use local::start::first_start::put_policy;
use serde_json::{Value, json};
use standins::webhook::WebhookStandin;

/// A rule for each connector that is named, without a way back to the console.
fn policy(rules: &[(&str, &str)]) -> String {
    let rule = |(action, delivery): &(&str, &str)| {
        format!(
            "  {action}: {{ approvers: {{ anyOf: [\"user:approver@localhost\"] }}, delivery: {{ {delivery}, fallbackToUi: false }} }}\n"
        )
    };
    format!("actions:\n{}", rules.iter().map(rule).collect::<String>())
}

fn admin() -> Caller {
    let subject = Some(Principal::parse("user:admin@localhost").unwrap());
    Caller { workspace: Workspace::default_name(), subject, owner: None, roles: vec![Role::Admin] }
}

/// A process of its own, which remembers nothing and whose changes this host does not learn of.
fn another(system: &System) -> Couriers {
    system.mortal(usize::MAX, Moment::AfterIt).gate.couriers
}

async fn make(couriers: &Couriers, body: &Value) {
    create_connector(couriers, &admin(), ConnectorInput::read(body)).await.unwrap();
}

/// Reads the policy in force and no connector, as the functions do through which people decide.
async fn learn_the_policy(system: &System) {
    let asked = system.ask("old", json!({})).await;
    let decision = json!({ "decision": "denied" });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, decision).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_was_made_a_moment_ago_carries_what_the_new_policy_says() {
    let (one, two) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    let old = ("old", "connectors: [one]");
    let system = Start::fresh().at(by_hand()).under(&policy(&[old])).start().await;
    system.connector(webhook("one", &one.url(), one.secret())).await;
    system.ask_and_settle("old", json!({})).await;
    let other = another(&system);
    make(&other, &webhook("two", &two.url(), two.secret())).await;
    let new = policy(&[old, ("new", "connectors: [two]"), ("both", "connectors: [one, two], mode: all")]);
    put_policy(&other, &new).await.unwrap();
    learn_the_policy(&system).await;
    let asked = system.ask_and_settle("new", json!({})).await;
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    assert_eq!((two.deliveries().len(), system.activity(&asked).await), (1, vec!["dispatch_succeeded two".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_carry_it_none_is_left_out_that_was_made_a_moment_ago() {
    let (one, two) = (WebhookStandin::start().await.unwrap(), WebhookStandin::start().await.unwrap());
    let old = ("old", "connectors: [one]");
    let system = Start::fresh().at(by_hand()).under(&policy(&[old])).start().await;
    system.connector(webhook("one", &one.url(), one.secret())).await;
    system.ask_and_settle("old", json!({})).await;
    let other = another(&system);
    make(&other, &webhook("two", &two.url(), two.secret())).await;
    put_policy(&other, &policy(&[old, ("both", "connectors: [one, two], mode: all")])).await.unwrap();
    learn_the_policy(&system).await;
    system.ask_and_settle("both", json!({})).await;
    assert_eq!(two.deliveries().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_was_allowed_a_moment_ago_can_be_asked_for() {
    let system = Start::fresh().at(by_hand()).under("actions: {}").start().await;
    let refused =
        system.call(&system.keys.agent, "POST", "/api/guard/request", crate::harness::body("new", json!({}))).await;
    assert_eq!((refused.0, &refused.1["code"]), (403, &json!("POLICY_NOT_FOUND")));
    let hosts = "routing: { callbackHosts: [\"127.0.0.1\"] }\n";
    let rule = "  new: { approvers: { anyOf: [\"user:approver@localhost\"] } }\n";
    put_policy(&another(&system), &format!("actions:\n{rule}")).await.unwrap();
    system.ask("new", json!({})).await;
    put_policy(&another(&system), &format!("{hosts}actions:\n{rule}")).await.unwrap();
    let mut asking = crate::harness::body("new", json!({}));
    asking["callback"] = json!({ "url": "http://127.0.0.1:9/told" });
    system.ask_for(asking).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_credentials_that_were_replaced_a_moment_ago_gives_nothing_up() {
    let one = WebhookStandin::start().await.unwrap();
    let system = Start::fresh().at(by_hand()).under(&policy(&[("old", "connectors: [one]")])).start().await;
    let row = system.connector(webhook("one", &one.url(), one.secret())).await;
    system.ask_and_settle("old", json!({})).await;
    let secret = vendors::new_webhook_secret([7; 32]);
    one.believe(&secret);
    let change = ConnectorInput::read(&json!({ "headers": { "X-Webhook-Secret": secret } }));
    change_connector(&another(&system), &admin(), row["id"].as_str().unwrap(), change).await.unwrap();
    let asked = system.ask_and_settle("old", json!({ "n": 2 })).await;
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    assert_eq!((one.deliveries().len(), system.dead_letters().await), (1, Vec::new()));
    system.minutes(1).await;
    assert_eq!(one.deliveries().len(), 2);
}
