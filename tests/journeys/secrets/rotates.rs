//! The root secrets are rotated as docs/run/rotate.md says, with the script it names: nothing that is open is lost at any step.

use crate::harness::pages::Browser;
use crate::harness::socket::Socket;
use crate::harness::{Asked, Start, System};
use crate::journeys::ask::asks_again::child;
use crate::journeys::connectors::stage::webhook;
use crate::journeys::jira::stage::{JANE, connect, connector, service};
use crate::journeys::slack::stage::{Stage, by_hand, mail};
use app::Clock;
use domain::secret::RootSecret;
use local::start::first_start::new_root_secret;
use serde_json::{Value, json};
use standins::jira::{JiraStandin, WEBHOOK_SECRET};
use standins::slack::SlackStandin;
use standins::webhook::WebhookStandin;
use std::io::Write as _;
use std::process::{Command, Stdio};

const POLICY: &str = r#"
people: { jane: ["slack:UJANE", "user:jane@acme.com", "jira:5b10ac8d82e05b22cc7d4ef5"] }
routing: { defaultChannel: C0123 }
defaults: { superApprovers: ["user:approver@localhost"] }
actions:
  by.slack:
    approvers: { anyOf: ["slack:UJANE"] }
    redactParams: { mode: denylist, keys: [bcc, body.secret] }
    allowReRequest: true
    delivery: { connectors: [slack] }
  by.jira: { approvers: { anyOf: ["jira:5b10ac8d82e05b22cc7d4ef5"] }, delivery: { connectors: [board] } }
  by.gate:
    approvers: { anyOf: ["user:jane@acme.com"] }
    redactParams: { mode: denylist, keys: [bcc, body.secret] }
    onApproved: { connector: mailer }
"#;

/// What people know it as.
const DOMAIN: &str = "https://gate.acme.com";

/// A deployment that goes on under other secrets, and the vendors around it.
struct House {
    folder: tempfile::TempDir,
    clock: Clock,
    root: String,
    vault: String,
    /// Until everything is finished.
    slack: Option<SlackStandin>,
    jira: JiraStandin,
    hook: WebhookStandin,
}

/// What is open when the secrets change.
struct Open {
    by_slack: Asked,
    by_jira: Asked,
    by_gate: Asked,
    /// The connector of Jira.
    board: String,
}

/// One step of a rotation, as its page has it.
fn step(name: &str, text: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/rotate-secret.py");
    let mut python = Command::new("python3");
    let mut child = python.args([script, name]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{name}");
    String::from_utf8(done.stdout).unwrap()
}

/// The number of the secret a token was made under.
fn number(token: &str) -> &str {
    token.split('_').nth(1).unwrap()
}

impl House {
    async fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: by_hand(),
            root: new_root_secret(),
            vault: new_root_secret(),
            slack: Some(SlackStandin::start().await.unwrap()),
            jira: JiraStandin::start().await.unwrap(),
            hook: WebhookStandin::start().await.unwrap(),
        }
    }

    /// A step of the rotation of both secrets.
    fn rotate(&mut self, name: &str) {
        (self.root, self.vault) = (step(name, &self.root), step(name, &self.vault));
    }

    /// Every process is a new one, as after a deployment with another `SecretsVersion`.
    async fn open(&self) -> System {
        let start = Start::fresh()
            .known_as(DOMAIN)
            .at(self.clock.clone())
            .under(POLICY)
            .with_slack(self.slack.as_ref().unwrap());
        start.keeping(self.folder.path(), &self.root, &self.vault).start().await
    }

    /// What a connector to a channel is made of.
    fn channel(&self) -> Value {
        let slack = self.slack.as_ref().unwrap();
        let headers = json!({
            "X-Slack-Bot-Token": slack.bot_token(), "X-Slack-Signing-Secret": slack.signing_secret(),
        });
        json!({ "name": "slack", "type": "slack", "endpoint": "C0123", "headers": headers })
    }

    async fn ask(&self, system: &System) -> Open {
        let admin = &system.keys.admin;
        let board = connect(system, admin, connector("board", &self.jira, WEBHOOK_SECRET)).await;
        connect(system, admin, webhook("mailer", &self.hook.url(), self.hook.secret())).await;
        connect(system, admin, self.channel()).await;
        let by_slack = system.ask("by.slack", mail()).await;
        let by_jira = system.ask("by.jira", service()).await;
        let by_gate = system.ask("by.gate", mail()).await;
        system.settle().await;
        Open { by_slack, by_jira, by_gate, board }
    }

    /// People answer everything that is open, each in their way, and those who wait learn it.
    async fn finish(mut self, open: Open) {
        let (open, system) = (&open, self.open().await);
        let stage = Stage { slack: self.slack.take().unwrap(), system };
        let system = &stage.system;
        let mut socket = Socket::wait_for(system, &open.by_slack.token).await;
        stage.click(&stage.card(&open.by_slack), "deny", "UJANE").await;
        assert_eq!(socket.until_over(&open.by_slack.id).await.pop().unwrap()["data"]["status"], "denied");
        self.ask_again(&stage, &open.by_slack).await;
        self.moved_in_jira(system, open).await;
        self.approved_by_link(system, &open.by_gate).await;
        let stream = system.request("GET", &format!("/api/guard/wait?token={}", open.by_gate.token)).send().await;
        assert!(stream.unwrap().text().await.unwrap().contains(r#""status":"approved""#));
        let orders = self.hook.deliveries().into_iter().filter(|d| d.kind() == "approval.execute").collect::<Vec<_>>();
        assert_eq!((orders.len(), &orders[0].body["data"]["params"]), (1, &mail()), "sealed values and all");
        stage.system.stop().await;
    }

    /// What was denied is asked again: the new request is made under the secret that makes now, and has the sealed values.
    async fn ask_again(&self, stage: &Stage, asked: &Asked) {
        stage.click(&stage.card(asked), "re_request", "UJANE").await;
        let (again, _) = child(stage, asked).await;
        let current = RootSecret::parse(&self.root).unwrap().current().to_string();
        assert_eq!(number(&again.token), current);
        let approver = &stage.system.keys.approver;
        let approved = stage.system.resolve(approver, &again.id, json!({ "decision": "approved" })).await;
        assert_eq!(approved.0, 200, "{approved:?}");
        assert_eq!(stage.system.poll(&again.token).await["decisionParams"], mail());
    }

    async fn moved_in_jira(&self, system: &System, open: &Open) {
        let issue = self.jira.issues().into_iter().find(|issue| issue.labels.contains(&open.by_jira.id)).unwrap();
        let mut socket = Socket::wait_for(system, &open.by_jira.token).await;
        let moved = self.jira.moves(&issue.key, "Approved", JANE, self.clock.now().as_millisecond()).unwrap();
        let heard = crate::journeys::jira::stage::call_back(system, "jira", &open.board, &moved).await;
        assert_eq!(heard, (200, Value::Null));
        system.settle().await;
        assert_eq!(socket.until_over(&open.by_jira.id).await.pop().unwrap()["data"]["status"], "approved");
        assert_eq!(system.poll(&open.by_jira.token).await["status"], "approved");
        assert!(self.jira.issue(&issue.key).unwrap().reads().starts_with("Approved\n"), "the connector still delivers");
    }

    /// The link was made before the rotation began.
    async fn approved_by_link(&self, system: &System, asked: &Asked) {
        let link = std::fs::read_to_string(self.folder.path().join("link")).unwrap();
        let jane = system.key("user:jane@acme.com", &["approver"]).await;
        let mut browser = Browser::open(system);
        browser.sign_in(&jane, &link).await;
        let page = browser.follow(&link).await;
        let fields = [("csrf", page.field("csrf")), ("digest", page.field("digest"))];
        let path = format!("/console/approvals/{}/approve", asked.id);
        let mut socket = Socket::wait_for(system, &asked.token).await;
        assert_eq!(browser.post(&path, &system.url, &fields).await.status, 303);
        assert_eq!(socket.until_over(&asked.id).await.pop().unwrap()["data"]["status"], "approved");
        system.settle().await;
        system.settle().await;
    }

    /// Keeps the link to an approval.
    async fn keep_link(&self, system: &System, asked: &Asked) {
        let id = domain::ApprovalId::parse(&asked.id).unwrap();
        let found = system.gate.store.get_approval(&domain::Workspace::default_name(), &id).await.unwrap().unwrap();
        let link = system.gate.decision_link(&found).unwrap().unwrap();
        std::fs::write(self.folder.path().join("link"), link.strip_prefix(DOMAIN).unwrap()).unwrap();
    }
}

/// A house with something open, under its first secrets.
async fn house() -> (House, Open) {
    let house = House::new().await;
    let system = house.open().await;
    let open = house.ask(&system).await;
    assert_eq!(number(&open.by_slack.token), "1");
    house.keep_link(&system, &open.by_gate).await;
    system.stop().await;
    (house, open)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_finished_while_a_new_secret_is_only_known() {
    let (mut house, open) = house().await;
    house.rotate("add");
    house.finish(open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_finished_once_the_new_secret_is_in_use() {
    let (mut house, open) = house().await;
    house.rotate("add");
    house.rotate("use");
    house.finish(open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_still_runs_under_the_text_before_understands_what_the_next_one_makes() {
    let (mut house, _) = house().await;
    house.rotate("add");
    let before = house.root.clone();
    house.rotate("use");
    let system = house.open().await;
    let asked = system.ask("by.slack", mail()).await;
    assert_eq!(number(&asked.token), "2");
    system.stop().await;
    house.root = before;
    let behind = house.open().await;
    let decided = behind.resolve(&behind.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(decided.0, 200, "{decided:?}");
    assert_eq!(behind.poll(&asked.token).await["decisionParams"], mail());
    behind.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_under_a_secret_that_is_dropped_is_refused_and_what_came_later_goes_on() {
    let (mut house, open) = house().await;
    house.rotate("add");
    house.rotate("use");
    house.open().await.stop().await;
    house.rotate("drop");
    let system = house.open().await;
    // Its token is known by its hash, but nobody can open what was sealed: the agent is given an error, never half the parameters.
    assert_eq!(system.poll(&open.by_slack.token).await["status"], "ready_for_approval");
    let mut socket = Socket::wait_for(&system, &open.by_slack.token).await;
    assert_eq!(socket.next().await["data"]["status"], "ready_for_approval");
    socket.close().await;
    let approved = json!({ "decision": "approved" });
    let (status, answer) = system.resolve(&system.keys.approver, &open.by_slack.id, approved.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let told = system.call("", "POST", "/api/guard/wait", json!({ "token": open.by_slack.token })).await;
    assert_eq!((told.0, &told.1["decisionParams"]), (500, &Value::Null), "{told:?}");
    let cancelled = system.call("", "POST", "/api/guard/cancel", json!({ "token": open.by_jira.token })).await;
    assert_eq!(cancelled.0, 200, "{cancelled:?}");
    // A connector says that it must be made anew; one that is made now delivers.
    let tested = system.connectors("POST", "/test", json!({ "id": open.board })).await;
    assert_eq!(tested.0, 409, "{tested:?}");
    assert!(tested.1.to_string().contains("sealed under a root secret that is retired"), "{tested:?}");
    let fresh = system.ask("by.slack", mail()).await;
    assert_eq!(number(&fresh.token), "2");
    let (status, answer) = system.resolve(&system.keys.approver, &fresh.id, approved).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(system.poll(&fresh.token).await["decisionParams"], mail());
    system.stop().await;
}
