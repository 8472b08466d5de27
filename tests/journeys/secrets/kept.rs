//! The secrets of connectors are in no answer of the API, no event, no item of the table and no line of the log, whatever happens.

use crate::harness::{Start, System};
use crate::journeys::connectors::stage::{CONNECTORS, jira, pagerduty, teams};
use crate::journeys::slack::stage::by_hand;
use crate::routes::everything;
use serde_json::{Value, json};
use standins::jira::{API_TOKEN, EMAIL, JiraStandin, WEBHOOK_SECRET as JIRA_SECRET};
use standins::pagerduty::{PagerDutyStandin, ROUTING_KEY, WEBHOOK_SECRET as PAGER_SECRET};
use standins::slack::{Fault as SlackFault, SlackStandin};
use standins::teams::{Fault as TeamsFault, TeamsStandin};
use standins::vendor::Fault;
use standins::webhook::{Fault as WebhookFault, WebhookStandin};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast::error::TryRecvError;
use tracing_subscriber::EnvFilter;

const POLICY: &str = r#"
routing: { defaultTimeoutSec: 36000 }
actions:
  "to.all": { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { mode: all } }
  "to.closed": { approvers: { anyOf: ["user:approver@localhost"] }, delivery: { mode: all, fallbackToUi: false } }
"#;
/// What an admin sends along with a webhook's messages.
const AUTHORIZATION: &str = "pl4nted-4uth0riz4tion";
const SIGNING: &str = "pl4nted-sl4ck-signing";

/// What this process logs until it was enough; other tests' lines are among it, which does no harm.
#[derive(Clone)]
struct Log(Arc<Mutex<Option<Vec<u8>>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if let Some(text) = self.0.lock().unwrap().as_mut() {
            text.extend_from_slice(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to everything that this process logs; the functions work on threads of their own.
fn listen() -> Log {
    let log = Log(Arc::new(Mutex::new(Some(Vec::new()))));
    let writer = log.clone();
    let filter = EnvFilter::new("info,app=trace,connectors=trace,edge=trace,store=trace,local=trace,reqwest=debug");
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    subscriber.with_writer(move || writer.clone()).try_init().expect("nobody else listens");
    log
}

/// Every answer of the API that may say something of connectors and deliveries.
async fn answers(system: &System, ids: &[String]) -> String {
    let mut paths = vec!["/approvals".to_owned(), "/api/settings/policy".into(), "/api/settings/keys".into()];
    paths.extend(["", "/activity?limit=200", "/dead-letters", "/defaults"].map(|path| format!("{CONNECTORS}{path}")));
    paths.extend(ids.iter().map(|id| format!("/approvals/{id}")));
    let rows = system.connectors("GET", "", Value::Null).await.1;
    paths.extend(rows.as_array().unwrap().iter().map(|row| format!("{CONNECTORS}/{}", row["id"].as_str().unwrap())));
    let mut all = String::new();
    for path in paths {
        let answer = system.request("GET", &path).bearer_auth(&system.keys.admin).send().await.unwrap();
        all += &format!("{path} {:?} {}\n", answer.headers().clone(), answer.text().await.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_connectors_are_nowhere_but_at_their_vendors() {
    let log = listen();
    let slack = SlackStandin::start().await.unwrap();
    let own = app::Slack { api_url: slack.url(), bot_token: None, signing_secret: None, team: Default::default() };
    let system = Start::fresh().at(by_hand()).under(POLICY).with_slack_app(own).start().await;
    let mut events = system.bus.listen();
    let (hook, channel) = (WebhookStandin::start().await.unwrap(), TeamsStandin::start().await.unwrap());
    let (site, pager) = (JiraStandin::start().await.unwrap(), PagerDutyStandin::start().await.unwrap());
    let whsec = hook.secret();
    let mut told = String::new();
    let mut rows = Vec::new();
    for made in [
        json!({ "name": "hook", "endpoint": hook.url(), "headers": {
            "X-Webhook-Secret": whsec, "Authorization": format!("Bearer {AUTHORIZATION}"), "X-Other": AUTHORIZATION,
        } }),
        json!({ "name": "slack", "type": "slack", "endpoint": "C0123", "slack_security_mode": "strict", "headers": {
            "X-Slack-Bot-Token": slack.bot_token(), "X-Slack-Signing-Secret": SIGNING,
        } }),
        teams("teams", &channel.url()),
        jira("jira", &site.url()),
        pagerduty("pager", &pager.url()),
    ] {
        let row = system.connector(made).await;
        told += &row.to_string();
        rows.push(row);
    }
    let basic = data_encoding::BASE64.encode(format!("{EMAIL}:{API_TOKEN}").as_bytes());
    let secrets = [
        basic.as_str(),
        whsec,
        whsec.trim_start_matches("whsec_"),
        AUTHORIZATION,
        SIGNING,
        slack.bot_token(),
        channel.secret(),
        EMAIL,
        API_TOKEN,
        JIRA_SECRET,
        ROUTING_KEY,
        PAGER_SECRET,
    ];

    // It goes well, is tested, and is changed.
    let mut ids = Vec::new();
    let good = system.ask_and_settle("to.all", json!({})).await;
    system.decide(&good, "approved").await;
    assert_eq!(system.activities(&good).await.len(), 10, "posted and brought up to date everywhere");
    for row in &rows {
        let (status, answer) = system.connectors("POST", "/test", json!({ "id": row["id"] })).await;
        assert_eq!((status, &answer["status"]), (200, &json!("healthy")), "{answer}");
        told += &answer.to_string();
        let path = format!("/{}", row["id"].as_str().unwrap());
        for change in [
            json!({ "headers": row["headers"], "endpoint": row["endpoint"] }),
            json!({ "endpoint": "https://elsewhere.example.com/x" }),
            json!({ "type": "webhook" }),
            json!({ "type": "teams" }),
            json!({ "type": "nothing", "headers": { "X-Other": 7 } }),
        ] {
            told += &system.connectors("PATCH", &path, change.clone()).await.1.to_string();
            let mut test = change;
            test["id"] = row["id"].clone();
            test["timeout_seconds"] = 1.into();
            if test["endpoint"] != "https://elsewhere.example.com/x" {
                told += &system.connectors("POST", "/test", test).await.1.to_string();
            }
        }
    }
    ids.push(good.id);

    // It fails in every way, first for a moment and then for good; vendors repeat in their answers what they were sent.
    let answer = |sent: &str| {
        json!({
            "message": sent, "errors": [sent], "errorMessages": [sent], "error": { "code": sent, "message": sent },
        })
    };
    let (to_jira, to_pager) = (answer(&format!("{EMAIL} {API_TOKEN} Basic {basic}")), answer(ROUTING_KEY));
    let to_hook = format!("Bearer {AUTHORIZATION}");
    for round in 0..4 {
        hook.fail_next(
            [
                WebhookFault::Status(500, None),
                WebhookFault::Reset,
                WebhookFault::Answer(400, to_hook.clone()),
                WebhookFault::Redirect,
            ][round]
                .clone(),
        );
        slack.fail_next(
            [SlackFault::ServerError, SlackFault::Reset, SlackFault::Rubbish, SlackFault::Error("invalid_auth")][round]
                .clone(),
        );
        channel.fail_next(
            [
                TeamsFault::Error(503, "Busy"),
                TeamsFault::Reset,
                TeamsFault::Body("rubbish"),
                TeamsFault::Error(401, "Unauthorized"),
            ][round]
                .clone(),
        );
        site.fail_next(
            [
                Fault::RateLimited(9),
                Fault::Reset,
                Fault::Answer(500, to_jira.clone()),
                Fault::Answer(400, to_jira.clone()),
            ][round]
                .clone(),
        );
        pager.fail_next(
            [
                Fault::RateLimited(9),
                Fault::Halved,
                Fault::Answer(500, to_pager.clone()),
                Fault::Answer(400, to_pager.clone()),
            ][round]
                .clone(),
        );
        for action in ["to.all", "to.closed"] {
            let asked = system.ask_and_settle(action, json!({ "round": round })).await;
            told += &system.poll(&asked.token).await.to_string();
            ids.push(asked.id);
        }
    }
    system.minutes(5).await;
    hook.fail_next(WebhookFault::Status(410, None));
    let last = system.ask_and_settle("to.closed", json!({})).await;
    system.decide(&last, "denied").await;
    told += &system.poll(&last.token).await.to_string();
    for row in &rows {
        told += &system
            .connectors("DELETE", &format!("/{}?force=true", row["id"].as_str().unwrap()), Value::Null)
            .await
            .1
            .to_string();
        told += &answers(&system, &ids).await;
    }

    let mut bus = String::new();
    loop {
        match events.try_recv() {
            Ok(event) => bus += &event.to_string(),
            Err(TryRecvError::Lagged(missed)) => panic!("{missed} events were missed"),
            Err(_) => break,
        }
    }
    let table = everything(&system).await.join("\n");
    let log = String::from_utf8(log.0.lock().unwrap().take().unwrap()).unwrap();
    assert!(log.contains("could not be shown"), "the log is listened to");
    assert!(bus.contains("approval.requested") && table.contains("ac_") && told.contains("dispatch_failed"));
    for secret in secrets {
        for (what, text) in [("the API", &told), ("the bus", &bus), ("the table", &table), ("the log", &log)] {
            if let Some(at) = text.find(secret) {
                let around: String = text[..at].chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
                panic!("{what} says {secret:?}: …{around}…");
            }
        }
    }
}
