//! A host with a Jira site and a PagerDuty, and people who move issues.

use crate::harness::{Asked, Start, System};
use app::Clock;
use serde_json::{Value, json};
use standins::jira::{API_TOKEN, EMAIL, Issue, JiraStandin, PROJECT, WEBHOOK_SECRET};
use standins::vendor::Signed;

/// Jane's account.
pub const JANE: &str = "5b10ac8d82e05b22cc7d4ef5";
/// Omar's.
pub const OMAR: &str = "557058:11111111-2222-4333-8444-555555555555";
/// The account of somebody whom no policy names.
pub const EVE: &str = "5b10ac8d82e05b22cc7d0bad";

/// Jane and Omar, in Jira and in the inbox.
pub const POLICY: &str = r#"
people:
  jane: ["jira:5b10ac8d82e05b22cc7d4ef5", "user:jane@acme.com", "github:jane"]
  omar: ["jira:557058:11111111-2222-4333-8444-555555555555", "user:omar@acme.com"]
personas: { security: ["user:sec@acme.com"] }
routing: { defaultTimeoutSec: 3600 }
actions:
  deploy.one:
    title: Deploy {params.service}
    approvers: { anyOf: ["jira:5b10ac8d82e05b22cc7d4ef5", "user:omar@acme.com"] }
  deploy.two:
    approvers:
      anyOf: ["jira:5b10ac8d82e05b22cc7d4ef5", "user:jane@acme.com", "jira:557058:11111111-2222-4333-8444-555555555555"]
      minApprovals: 2
    allowParamOverrides: true
    overrideKeys: ["note"]
  deploy.checked:
    approvers: { anyOf: ["jira:5b10ac8d82e05b22cc7d4ef5"] }
    requiredPersonas: [security]
  deploy.soon:
    timeoutSec: 60
    approvers: { anyOf: ["jira:5b10ac8d82e05b22cc7d4ef5"] }
"#;

/// A host, and a site with one project that approvals are issues of.
pub struct Board {
    pub jira: JiraStandin,
    pub system: System,
    /// The connector's id.
    pub connector: String,
}

/// Parameters to ask with.
pub fn service() -> Value {
    json!({ "service": "billing" })
}

/// What a connector to a site is made of.
pub fn connector(name: &str, jira: &JiraStandin, secret: &str) -> Value {
    let headers = json!({
        "X-Jira-Email": EMAIL, "X-Jira-Api-Token": API_TOKEN, "X-Jira-Project": PROJECT, "X-Jira-Webhook-Secret": secret,
    });
    json!({ "name": name, "type": "jira", "endpoint": jira.url(), "headers": headers })
}

/// Makes a connector as an admin; its id.
pub async fn connect(system: &System, key: &str, connector: Value) -> String {
    let (status, made) = system.call(key, "POST", "/api/settings/approval-connectors", connector).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// Posts what a vendor has signed to a connector's address; no waiting for what follows.
pub async fn call_back(system: &System, vendor: &str, connector: &str, signed: &Signed) -> (u16, Value) {
    let mut post = system.request("POST", &format!("/api/callbacks/{vendor}/{connector}")).body(signed.body.clone());
    for (name, value) in &signed.headers {
        post = post.header(name, value);
    }
    let answer = post.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}

impl Board {
    /// At a clock of its own, which agrees with the wall's.
    pub async fn open() -> Self {
        let jira = JiraStandin::start().await.unwrap();
        let clock = Clock::manual(Clock::Wall.now());
        let system = Start::fresh().at(clock).under(POLICY).start().await;
        let connector = connect(&system, &system.keys.admin, connector("board", &jira, WEBHOOK_SECRET)).await;
        Self { jira, system, connector }
    }

    /// Asks; the request and the key of its issue.
    pub async fn ask(&self, action: &str, params: Value) -> (Asked, String) {
        self.ask_for(crate::harness::body(action, params)).await
    }

    /// Asks with a whole body.
    pub async fn ask_for(&self, body: Value) -> (Asked, String) {
        let asked = self.system.ask_for(body).await;
        self.system.settle().await;
        let mut issues = self.jira.issues();
        issues.retain(|issue| issue.labels.contains(&asked.id));
        assert_eq!(issues.len(), 1, "{:?}", self.jira.taken());
        (asked, issues.remove(0).key)
    }

    /// The issue of a key.
    pub fn issue(&self, key: &str) -> Issue {
        self.jira.issue(key).unwrap()
    }

    /// What the issue's comments say.
    pub fn said(&self, key: &str) -> String {
        self.issue(key).said().join("\n")
    }

    /// Somebody moves an issue; what the site posts of it.
    pub fn moved(&self, key: &str, to: &str, account: &str) -> Signed {
        self.jira.moves(key, to, account, self.system.clock.now().as_millisecond()).unwrap()
    }

    /// Posts to this connector what must be understood, and waits for what follows.
    pub async fn send(&self, signed: &Signed) {
        assert_eq!(call_back(&self.system, "jira", &self.connector, signed).await, (200, Value::Null));
        self.system.settle().await;
    }

    /// Somebody moves an issue, and everything that follows from it.
    pub async fn moves(&self, key: &str, to: &str, account: &str) -> Signed {
        let signed = self.moved(key, to, account);
        self.send(&signed).await;
        signed
    }

    /// What is, as the inbox shows it.
    pub async fn inbox(&self, asked: &Asked) -> Value {
        let (status, approval) = self.system.get(&self.system.keys.admin, &format!("/approvals/{}", asked.id)).await;
        assert_eq!(status, 200, "{approval}");
        approval
    }

    /// What must not change if nothing is decided: the wait answer, and the history.
    async fn state(&self, asked: &Asked) -> (Value, Value) {
        (self.system.poll(&asked.token).await, self.inbox(asked).await["history"].clone())
    }

    /// Asserts that something decides nothing.
    pub async fn undecided<T>(&self, asked: &Asked, act: impl Future<Output = T>) -> T {
        let before = self.state(asked).await;
        let done = act.await;
        self.system.settle().await;
        assert_eq!(self.state(asked).await, before);
        done
    }

    /// Asserts that somebody's move decides nothing and is undone, with a comment that says why.
    pub async fn moved_back(&self, asked: &Asked, key: &str, (to, account): (&str, &str), why: &str) {
        let (from, before) = (self.issue(key).status().to_owned(), self.issue(key).comments.len());
        self.undecided(asked, self.moves(key, to, account)).await;
        let issue = self.issue(key);
        assert_eq!(issue.status(), from, "{:?}", issue.statuses);
        let said = issue.said().split_off(before);
        // After that, what shows it anew may have news of its own.
        assert!(said.first().is_some_and(|first| first.contains(why)), "{said:?}");
        assert!(!said[0].contains("could not be moved back"), "{said:?}");
    }
}
