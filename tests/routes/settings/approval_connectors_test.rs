//! `POST /api/settings/approval-connectors/test`: three checks, and nothing private is ever reached.

use crate::harness::{Start, System, body};
use crate::journeys::connectors::stage::{CONNECTORS, jira, pagerduty, teams, webhook};
use crate::routes::{clock, key_in};
use serde_json::{Value, json};
use standins::jira::JiraStandin;
use standins::pagerduty::PagerDutyStandin;
use standins::slack::{Fault as SlackFault, SlackStandin};
use standins::teams::{Fault as TeamsFault, TeamsStandin};
use standins::vendor::Fault;
use standins::webhook::{Fault as WebhookFault, WebhookStandin};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The answer to a test, which is 200 however it went.
pub async fn test(system: &System, body: Value) -> Value {
    let (status, answer) = system.connectors("POST", "/test", body).await;
    assert_eq!(status, 200, "{answer}");
    let checks: Vec<(&str, &str)> = answer["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["id"].as_str().unwrap(), c["label"].as_str().unwrap()))
        .collect();
    assert_eq!(checks, [("config", "Configuration"), ("credentials", "Credentials"), ("connectivity", "Connectivity")]);
    let tried = answer["checks"][2]["status"] != "skipped";
    assert_eq!(answer["checks"][2]["duration_ms"].is_u64(), tried, "{answer}");
    let healthy = answer["checks"].as_array().unwrap().iter().all(|c| c["status"] == "passed");
    assert_eq!(answer["status"], if healthy { "healthy" } else { "unhealthy" });
    answer
}

/// A test's body: what a connector is made with, without what a test does not take.
pub fn of(mut connector: Value) -> Value {
    connector.as_object_mut().unwrap().remove("name");
    connector
}

fn with(mut body: Value, path: &str, value: Value) -> Value {
    *body.pointer_mut(path).unwrap() = value;
    body
}

/// One entry of the table for people to read.
fn row(table: &mut String, what: &str, answer: &Value, origins: &[&str]) {
    let mut text = String::new();
    writeln!(
        text,
        "{what}: {} {} {}",
        answer["status"].as_str().unwrap(),
        answer["connector_type"].as_str().unwrap(),
        answer["endpoint"].as_str().unwrap()
    )
    .unwrap();
    for check in answer["checks"].as_array().unwrap() {
        let said = |key: &str| check[key].as_str().unwrap().to_owned();
        writeln!(text, "    {:<13}{:<8} {}", said("id"), said("status"), said("message")).unwrap();
    }
    *table += &origins.iter().fold(text, |text, origin| text.replace(origin, "http://standin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_type_says_which_check_failed_and_skips_what_comes_after() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().at(clock()).with_slack(&slack).start().await;
    let (hook, channel) = (WebhookStandin::start().await.unwrap(), TeamsStandin::start().await.unwrap());
    let (site, pager) = (JiraStandin::start().await.unwrap(), PagerDutyStandin::start().await.unwrap());
    let origin = |url: String| url.split('/').take(3).collect::<Vec<_>>().join("/");
    let origins = [origin(hook.url()), origin(channel.url()), origin(site.url()), origin(pager.url())];
    let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
    let (w, t) = (of(webhook("", &hook.url(), hook.secret())), of(teams("", &channel.url())));
    let (j, p) = (of(jira("", &site.url())), of(pagerduty("", &pager.url())));
    let s = json!({ "type": "slack", "endpoint": "C0123", "headers": { "X-Slack-Bot-Token": slack.bot_token() } });
    let mut table = String::new();
    for (what, body) in [
        ("nothing", json!({})),
        ("a webhook", w.clone()),
        ("a webhook elsewhere", with(w.clone(), "/endpoint", json!("ftp://a"))),
        ("a webhook with a bad secret", with(w.clone(), "/headers/X-Webhook-Secret", json!("whsec_x"))),
        (
            "a webhook with another secret",
            with(w.clone(), "/headers/X-Webhook-Secret", json!("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ),
        ("a Slack", s.clone()),
        ("a Slack of a channel that is not there", with(s.clone(), "/endpoint", json!("C0NOWHERE"))),
        ("a Slack of another token", with(s.clone(), "/headers/X-Slack-Bot-Token", json!("xoxb-other"))),
        ("a Slack without a channel", with(s.clone(), "/endpoint", json!("general"))),
        ("a Slack without a token", with(s, "/headers", json!({}))),
        ("a Teams", t.clone()),
        (
            "a Teams of another sig",
            with(t.clone(), "/endpoint", json!(channel.url().replace(channel.secret(), "other"))),
        ),
        ("a Teams without a sig", with(t, "/endpoint", json!(channel.url().replace("&sig=", "&gis=")))),
        ("a Jira", j.clone()),
        ("a Jira of another token", with(j.clone(), "/headers/X-Jira-Api-Token", json!("other"))),
        ("a Jira of another project", with(j.clone(), "/headers/X-Jira-Project", json!("NONE"))),
        ("a Jira without anything", with(j, "/headers", json!({}))),
        ("a PagerDuty", p.clone()),
        ("a PagerDuty of another key", with(p.clone(), "/headers/X-PagerDuty-Routing-Key", json!("A".repeat(32)))),
        ("a PagerDuty with a short key", with(p, "/headers/X-PagerDuty-Routing-Key", json!("A"))),
    ] {
        row(&mut table, what, &test(&system, body).await, &origins);
    }
    insta::assert_snapshot!(table);
    assert!(pager.alerts().iter().all(|alert| alert.resolved), "a test leaves no alert open");
    assert_eq!(slack.messages().len(), 0, "nobody is asked anything");
    assert_eq!(site.issues().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_is_unhealthy_and_says_why() {
    let system = Start::fresh().at(clock()).start().await;
    let (hook, channel) = (WebhookStandin::start().await.unwrap(), TeamsStandin::start().await.unwrap());
    let (site, pager) = (JiraStandin::start().await.unwrap(), PagerDutyStandin::start().await.unwrap());
    let short = |mut body: Value| {
        body["timeout_seconds"] = 1.into();
        of(body)
    };
    let failed = async |body: Value| {
        let answer = test(&system, body).await;
        let check = &answer["checks"][2];
        assert_eq!(check["status"], "failed", "{answer}");
        check["message"].as_str().unwrap().to_owned()
    };
    let w = short(webhook("", &hook.url(), hook.secret()));
    hook.fail_next(WebhookFault::Hang);
    assert_eq!(failed(w.clone()).await, "no answer within 1 s");
    hook.fail_next(WebhookFault::Redirect);
    let before = hook.calls();
    assert!(failed(w.clone()).await.contains("redirect"));
    assert_eq!(hook.calls(), before + 1, "it is not followed");
    hook.fail_next(WebhookFault::Status(500, None));
    assert!(failed(w.clone()).await.contains("HTTP 500"));
    channel.fail_next(TeamsFault::Hang);
    assert_eq!(failed(short(teams("", &channel.url()))).await, "no answer within 1 s");
    site.fail_next(Fault::Hang);
    assert_eq!(failed(short(jira("", &site.url()))).await, "no answer within 1 s");
    site.fail_next(Fault::Answer(302, json!({})));
    failed(short(jira("", &site.url()))).await;
    pager.fail_next(Fault::Reset);
    failed(short(pagerduty("", &pager.url()))).await;
    drop(hook);
    assert!(failed(w).await.contains("could not be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_never_answers_is_given_up_after_the_time_it_has() {
    let slack = SlackStandin::start().await.unwrap();
    let system = Start::fresh().at(clock()).with_slack(&slack).start().await;
    let pager = PagerDutyStandin::start().await.unwrap();
    slack.fail_next(SlackFault::Hang);
    pager.fail_next(Fault::Hang);
    let headers = json!({ "X-Slack-Bot-Token": slack.bot_token() });
    let mut paging = of(pagerduty("", &pager.url()));
    paging["timeout_seconds"] = 1.into();
    for body in [json!({ "type": "slack", "endpoint": "C0123", "headers": headers, "timeout_seconds": 1 }), paging] {
        let answer = test(&system, body).await;
        let check = &answer["checks"][2];
        assert_eq!((&check["status"], &check["message"]), (&json!("failed"), &json!("no answer within 1 s")));
        let took = check["duration_ms"].as_u64().unwrap();
        assert!((1_000..10_000).contains(&took), "{took} ms");
    }
    assert!(pager.alerts().iter().all(|alert| alert.resolved), "an alert of which the trigger was lost is resolved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_has_no_secret_yet_is_tried_all_the_same() {
    let system = Start::fresh().at(clock()).start().await;
    let hook = WebhookStandin::start().await.unwrap();
    let answer = test(&system, json!({ "endpoint": hook.url() })).await;
    assert_eq!(answer["checks"][1]["status"], "passed");
    assert_eq!((hook.calls(), hook.refusals().len()), (1, 1), "signed with a secret that nobody knows: {answer}");
    assert!(!answer.to_string().contains("whsec_"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_is_tried_by_its_id_with_what_is_changed_and_masks_as_they_are() {
    let system = Start::fresh().at(clock()).start().await;
    let (hook, site) = (WebhookStandin::start().await.unwrap(), JiraStandin::start().await.unwrap());
    for made in [webhook("hook", &hook.url(), hook.secret()), jira("jira", &site.url())] {
        let row = system.connector(made).await;
        let id = &row["id"];
        for body in [
            json!({ "id": id }),
            json!({ "id": id, "headers": row["headers"], "endpoint": row["endpoint"], "type": row["type"] }),
            json!({ "id": id, "timeout_seconds": 120 }),
        ] {
            assert_eq!(test(&system, body.clone()).await["status"], "healthy", "{body}");
        }
        assert_eq!(system.connector_now(&row).await["updated_at"], row["updated_at"], "a test changes nothing");
    }
    let row = system.connector(webhook("other", &hook.url(), hook.secret())).await;
    let bad = json!({ "id": row["id"], "headers": { "X-Webhook-Secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" } });
    assert_eq!(test(&system, bad).await["status"], "unhealthy");
    assert_eq!(test(&system, json!({ "id": row["id"] })).await["status"], "healthy", "what is kept is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_for_one_host_is_shown_to_no_other() {
    let system = Start::fresh().at(clock()).start().await;
    let (hook, thief) = (WebhookStandin::start().await.unwrap(), JiraStandin::start().await.unwrap());
    let (site, nosy) = (JiraStandin::start().await.unwrap(), JiraStandin::start().await.unwrap());
    let mut made = webhook("hook", &hook.url(), hook.secret());
    made["headers"]["Authorization"] = "Bearer 5ecre7".into();
    let rows = [system.connector(made).await, system.connector(jira("jira", &site.url())).await];
    for (row, elsewhere) in rows.iter().zip([thief.url(), nosy.url()]) {
        for headers in [json!({}), row["headers"].clone()] {
            let answer = test(&system, json!({ "id": row["id"], "endpoint": elsewhere, "headers": headers })).await;
            assert_eq!(answer["connector_type"], row["type"], "the type stays");
            let found: Vec<&str> =
                answer["checks"].as_array().unwrap().iter().map(|c| c["status"].as_str().unwrap()).collect();
            assert_eq!(found, ["passed", "failed", "skipped"], "{answer}");
            assert!(answer["checks"][1]["message"].as_str().unwrap().contains("must be entered again"), "{answer}");
        }
    }
    assert_eq!((thief.taken().len(), nosy.taken().len()), (0, 0));
}

/// A listener on every address of this machine that counts who connects.
pub struct Trap {
    pub address: SocketAddr,
    caught: Arc<AtomicUsize>,
    called: Arc<Notify>,
}

impl Trap {
    pub async fn set() -> Self {
        let listener = match TcpListener::bind("[::]:0").await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
        };
        let (caught, called) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let trap = Self { address: listener.local_addr().unwrap(), caught: caught.clone(), called: called.clone() };
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                caught.fetch_add(1, Ordering::SeqCst);
                called.notify_one();
            }
        });
        trap
    }

    /// How many connections came before. They are accepted in order, so every earlier one was counted.
    pub async fn caught(&self) -> usize {
        let before = self.caught.load(Ordering::SeqCst);
        let _ours = TcpStream::connect(("127.0.0.1", self.address.port())).await.unwrap();
        self.called.notified().await;
        while self.caught.load(Ordering::SeqCst) == before {
            self.called.notified().await;
        }
        self.caught.load(Ordering::SeqCst) - 1
    }
}

/// Spellings of places that nobody outside may have called for them.
fn private(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::]",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "a.localhost.",
        "ip6-localhost",
        "ip6-loopback",
        "localhost.localdomain",
        "me@127.0.0.1",
        "approvals.example.com@127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.64.0.1",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
    ];
    hosts.iter().flat_map(|host| [format!("https://{host}:{port}/"), format!("http://{host}:{port}/")]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_reached_by_a_test_nor_kept_as_an_endpoint() {
    let system = Start::fresh().at(clock()).strictly().start().await;
    let trap = Trap::set().await;
    for endpoint in private(trap.address.port()) {
        for mut body in [
            webhook("w", &endpoint, "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0Kysr"),
            jira("j", &endpoint),
            teams("t", &format!("{endpoint}?sig=1")),
            pagerduty("p", &endpoint),
        ] {
            body["timeout_seconds"] = 1.into();
            let answer = test(&system, of(body.clone())).await;
            assert_eq!(answer["status"], "unhealthy", "{answer}");
            let (status, answer) = system.connectors("POST", "", body).await;
            // A name may stand for something public as long as it was not looked up.
            let by_name = endpoint.contains("ip6-") || endpoint.contains("localdomain");
            assert!(status == 400 || by_name, "{endpoint}: {answer}");
            if status == 201 {
                system.connectors("DELETE", &format!("/{}", answer["id"].as_str().unwrap()), Value::Null).await;
            }
        }
    }
    assert_eq!(trap.caught().await, 0);
}

pub const POLICY: &str =
    "actions: { \"a.*\": { approvers: { anyOf: [\"user:jane@acme.com\"] }, delivery: { mode: all } } }\n";

/// Puts another address under a connector's seal, as if it had been let through.
async fn smuggle(system: &System, row: &Value, endpoint: &str) {
    let workspace = domain::Workspace::default_name();
    let (store, vault) = (&system.gate.store, &system.gate.couriers.vault);
    let id = row["id"].as_str().unwrap();
    let connector = store.get_connector(&workspace, id).await.unwrap().unwrap();
    let context = format!("connector\n{workspace}\n{id}");
    let opened = vault.open(&context, &connector.sealed).unwrap();
    let mut sealed: Value = serde_json::from_slice(&opened).unwrap();
    sealed["endpoint"] = endpoint.into();
    let sealed = vault.seal(&context, [7; 24], sealed.to_string().as_bytes()).unwrap();
    let next = store::connectors::Connector { sealed, ..connector.clone() };
    store.replace_connector(&workspace, &connector, &next).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_reached_by_a_delivery_whatever_was_kept() {
    let system = Start::fresh().at(clock()).under(POLICY).strictly().start().await;
    let trap = Trap::set().await;
    let mut rows = Vec::new();
    let wishes: Vec<String> = private(trap.address.port()).into_iter().filter(|e| e.starts_with("https")).collect();
    for (i, endpoint) in wishes.iter().enumerate() {
        let mut body =
            webhook(&format!("w{i}"), "https://approvals.example.com/", "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0Kysr");
        body["timeout_seconds"] = 1.into();
        let row = system.connector(body).await;
        smuggle(&system, &row, endpoint).await;
        let mut body = jira(&format!("j{i}"), "https://acme.atlassian.net");
        body["timeout_seconds"] = 1.into();
        let other = system.connector(body).await;
        smuggle(&system, &other, endpoint).await;
        rows.extend([row, other]);
    }
    system.clock.advance(jiff::SignedDuration::from_secs(6));
    let asked = system.ask_and_settle("a.b", json!({})).await;
    let activity = system.activities(&asked).await;
    assert!(activity.iter().all(|a| a["event"] != "dispatch_succeeded"), "{activity:?}");
    assert_eq!(activity.iter().filter(|a| a["event"] == "dispatch_failed").count(), rows.len());
    assert_eq!(trap.caught().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_followed_neither_by_a_test_nor_by_a_delivery() {
    let system = Start::fresh().at(clock()).under(POLICY).start().await;
    let hook = WebhookStandin::start().await.unwrap();
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    hook.fail_next(WebhookFault::Redirect);
    let asked = system.ask_and_settle("a.b", json!({})).await;
    assert_eq!((hook.calls(), hook.deliveries().len()), (1, 0));
    let failed = &system.activities(&asked).await[0];
    assert_eq!((&failed["event"], &failed["status_code"]), (&json!("dispatch_failed"), &json!(307)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_for_admins_of_the_workspace_alone() {
    let system = Start::fresh().at(clock()).start().await;
    let hook = WebhookStandin::start().await.unwrap();
    let away = key_in(&system, "away", "user:admin@acme.com", &["admin"]).await;
    let row = system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let call = system.request("POST", &format!("{CONNECTORS}/test")).bearer_auth(&away);
    let call = call.header("x-workspace-namespace", "away").json(&json!({ "id": row["id"] }));
    assert_eq!(call.send().await.unwrap().status(), 404);
    let body = body("a.b", json!({}));
    for (bad, fields) in [(json!([]), 1), (json!({ "timeout_seconds": 121 }), 1), (body, 4)] {
        let (status, answer) = system.connectors("POST", "/test", bad).await;
        assert_eq!((status, answer["details"].as_array().unwrap().len() >= fields.min(1)), (400, true), "{answer}");
    }
    assert_eq!(hook.calls(), 0);
}
