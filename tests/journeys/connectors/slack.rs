//! Slack connectors with apps of their own, behind one URL: the secret that verified a click fixes connector and workspace.

use crate::harness::{Start, System, body};
use crate::journeys::connectors::stage::CONNECTORS;
use crate::journeys::slack::stage::by_hand;
use crate::routes::key_in;
use app::Slack;
use serde_json::{Value, json};
use standins::slack::{Fault, Message, SignedRequest, SlackStandin, User};

const POLICY: &str = r#"{ "actions": {
    "a.b": { "approvers": { "anyOf": ["slack:UJANE", "user:jane@acme.com"], "minApprovals": 1 } }
} }"#;
/// The apps' signing secrets, and the deployment's.
const HOME: &str = "home-signing-secret-0123456789ab";
const AWAY: &str = "away-signing-secret-0123456789ab";
const DEPLOYMENT: &str = "deployment-signing-secret-012345";

/// A host with one Slack, where connectors of two workspaces have apps.
struct Stage {
    system: System,
    slack: SlackStandin,
}

/// Who calls in a workspace.
struct Home {
    name: &'static str,
    admin: String,
    agent: String,
}

impl Stage {
    async fn open(deployment: Option<&str>) -> Self {
        let slack = SlackStandin::start().await.unwrap();
        let own = Slack {
            api_url: slack.url(),
            bot_token: None,
            signing_secret: deployment.map(str::to_owned),
            team: Default::default(),
        };
        let system = Start::fresh().at(by_hand()).under(POLICY).with_slack_app(own).start().await;
        Self { system, slack }
    }

    fn here(&self) -> Home {
        Home { name: "default", admin: self.system.keys.admin.clone(), agent: self.system.keys.agent.clone() }
    }

    async fn away(&self) -> Home {
        let admin = key_in(&self.system, "away", "user:admin@acme.com", &["admin"]).await;
        let agent = key_in(&self.system, "away", "agent:demo", &["agent"]).await;
        let home = Home { name: "away", admin, agent };
        let policy: Value = serde_json::from_str(POLICY).unwrap();
        self.call(&home, &home.admin, "PUT", "/api/settings/policy", policy).await;
        home
    }

    async fn call(&self, home: &Home, key: &str, method: &str, path: &str, body: Value) -> Value {
        let call = self.system.request(method, path).bearer_auth(key).header("x-workspace-namespace", home.name);
        let answer = call.json(&body).send().await.unwrap();
        let (status, answer) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Makes a Slack connector.
    async fn connect(&self, home: &Home, mode: &str, secret: Option<&str>) -> Value {
        let mut headers = json!({ "X-Slack-Bot-Token": self.slack.bot_token() });
        if let Some(secret) = secret {
            headers["X-Slack-Signing-Secret"] = secret.into();
        }
        let connector = json!({
            "name": "slack", "type": "slack", "endpoint": "C0HOME", "headers": headers, "slack_security_mode": mode,
        });
        self.call(home, &home.admin, "POST", CONNECTORS, connector).await
    }

    /// Asks; the wait token and the card.
    async fn ask(&self, home: &Home) -> (String, Message) {
        let before = self.slack.messages().len();
        let asked = self.call(home, &home.agent, "POST", "/api/guard/request", body("a.b", json!({}))).await;
        self.system.settle().await;
        let cards = self.slack.messages();
        assert_eq!(cards.len(), before + 1, "{:?}", self.slack.calls());
        (asked["token"].as_str().unwrap().to_owned(), cards[before].clone())
    }

    async fn status(&self, token: &str) -> String {
        self.system.poll(token).await["status"].as_str().unwrap().to_owned()
    }

    /// A click, signed with a secret now.
    fn click(&self, card: &Message, user: impl Into<User>, secret: &str) -> SignedRequest {
        self.act(card, "approve", user, secret)
    }

    fn act(&self, card: &Message, action: &str, user: impl Into<User>, secret: &str) -> SignedRequest {
        let click = self.slack.click(card, action, user).unwrap();
        click.resigned(secret, self.system.clock.now().as_second())
    }

    /// Posts as Slack does; the status and the code.
    async fn post(&self, request: &SignedRequest) -> (u16, String) {
        let mut post = self.system.request("POST", "/api/slack/interactions").body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(name, value);
        }
        let answer = post.send().await.unwrap();
        let status = answer.status().as_u16();
        let json: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        self.system.settle().await;
        (status, json["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn done() -> (u16, String) {
    (200, String::new())
}

fn refused() -> (u16, String) {
    (400, "INVALID_PAYLOAD".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_apps_of_two_workspaces_each_decide_their_own_and_never_the_others() {
    let stage = Stage::open(None).await;
    let (here, away) = (stage.here(), stage.away().await);
    stage.connect(&here, "strict", Some(HOME)).await;
    stage.connect(&away, "strict", Some(AWAY)).await;
    let (ours, our_card) = stage.ask(&here).await;
    let (theirs, their_card) = stage.ask(&away).await;
    for (card, secret) in [(&our_card, AWAY), (&their_card, HOME), (&our_card, DEPLOYMENT), (&our_card, "")] {
        assert_eq!(stage.post(&stage.click(card, "UJANE", secret)).await, refused());
    }
    assert_eq!(stage.post(&stage.click(&our_card, "UJANE", HOME).unsigned()).await, refused());
    assert_eq!(stage.status(&ours).await, "ready_for_approval");
    assert_eq!(stage.status(&theirs).await, "ready_for_approval");
    assert_eq!(stage.post(&stage.click(&our_card, "UJANE", HOME)).await, done());
    assert_eq!(
        (stage.status(&ours).await, stage.status(&theirs).await),
        ("approved".into(), "ready_for_approval".into())
    );
    assert_eq!(stage.post(&stage.click(&their_card, "UJANE", AWAY)).await, done());
    assert_eq!(stage.status(&theirs).await, "approved");
    for card in [our_card, their_card] {
        let now = stage.slack.message(&card.ts).unwrap();
        assert!(now.latest().text.starts_with("Approved: ") && now.actions().is_empty(), "{}", now.reads());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployments_secret_serves_a_compat_connector_without_its_own() {
    let stage = Stage::open(Some(DEPLOYMENT)).await;
    let away = stage.away().await;
    stage.connect(&away, "compat", None).await;
    let (token, card) = stage.ask(&away).await;
    for secret in [HOME, AWAY] {
        assert_eq!(stage.post(&stage.click(&card, "UJANE", secret)).await, refused());
    }
    assert_eq!(stage.post(&stage.click(&card, "UJANE", DEPLOYMENT)).await, done());
    assert_eq!(stage.status(&token).await, "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployments_secret_decides_nothing_of_a_connector_that_has_its_own() {
    for mode in ["strict", "compat"] {
        let stage = Stage::open(Some(DEPLOYMENT)).await;
        let here = stage.here();
        stage.connect(&here, mode, Some(HOME)).await;
        let (token, card) = stage.ask(&here).await;
        let (status, _) = stage.post(&stage.click(&card, "UJANE", DEPLOYMENT)).await;
        assert!([200, 400].contains(&status), "{mode}");
        assert_eq!(stage.status(&token).await, "ready_for_approval", "{mode}");
        assert_eq!(stage.post(&stage.click(&card, "UJANE", HOME)).await, done());
        assert_eq!(stage.status(&token).await, "approved", "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compat_connector_without_any_secret_believes_nobody() {
    let stage = Stage::open(None).await;
    let here = stage.here();
    stage.connect(&here, "compat", None).await;
    let (token, card) = stage.ask(&here).await;
    for secret in ["", DEPLOYMENT, HOME] {
        assert_eq!(stage.post(&stage.click(&card, "UJANE", secret)).await, refused());
    }
    assert_eq!(stage.status(&token).await, "ready_for_approval");
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_without_a_secret_is_refused_when_it_is_made_and_when_it_is_changed() {
    let stage = Stage::open(Some(DEPLOYMENT)).await;
    let here = stage.here();
    let row = stage.connect(&here, "strict", Some(HOME)).await;
    let path = format!("/{}", row["id"].as_str().unwrap());
    let taken = json!({ "headers": { "x-slack-signing-secret": null } });
    let (status, answer) = stage.system.connectors("PATCH", &path, taken.clone()).await;
    assert_eq!((status, &answer["details"][0]["field"]), (400, &json!("headers.X-Slack-Signing-Secret")), "{answer}");
    let mut both = taken;
    both["slack_security_mode"] = "compat".into();
    assert_eq!(stage.system.connectors("PATCH", &path, both).await.0, 200);
    let strict = json!({ "slack_security_mode": "strict" });
    assert_eq!(stage.system.connectors("PATCH", &path, strict).await.0, 400);
    let (token, card) = stage.ask(&here).await;
    assert_eq!(stage.post(&stage.click(&card, "UJANE", DEPLOYMENT)).await, done(), "compat now");
    assert_eq!(stage.status(&token).await, "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_a_foreign_team_or_app_decides_nothing() {
    let stage = Stage::open(None).await;
    let here = stage.here();
    stage.connect(&here, "strict", Some(HOME)).await;
    let (token, card) = stage.ask(&here).await;
    let foreigner = stage.click(&card, User::foreign("T0OTHER", "UJANE"), HOME);
    assert_eq!(stage.post(&foreigner).await, done());
    let click = stage.click(&card, "UJANE", HOME);
    for (from, to) in [("T0STANDIN", "T0OTHER"), ("A0STANDIN", "A0OTHER")] {
        let forged = click.clone().forged(from, to);
        assert_ne!(forged.body, click.body);
        assert_eq!(stage.post(&forged.clone()).await, refused(), "changed after it was signed");
        assert_eq!(
            stage.post(&forged.resigned(HOME, stage.system.clock.now().as_second())).await,
            done(),
            "told, not decided"
        );
        assert_eq!(stage.status(&token).await, "ready_for_approval", "{to}");
    }
    assert_eq!(stage.post(&click).await, done());
    assert_eq!(stage.status(&token).await, "approved");
    assert_eq!(stage.post(&click).await, done(), "a repeat has no effect");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_replaced_is_believed_no_more() {
    let stage = Stage::open(None).await;
    let here = stage.here();
    let row = stage.connect(&here, "strict", Some(HOME)).await;
    let (token, card) = stage.ask(&here).await;
    let path = format!("/{}", row["id"].as_str().unwrap());
    let rotated = json!({ "headers": { "X-Slack-Signing-Secret": AWAY } });
    assert_eq!(stage.system.connectors("PATCH", &path, rotated).await.0, 200);
    assert_eq!(stage.post(&stage.click(&card, "UJANE", HOME)).await, refused());
    assert_eq!(stage.post(&stage.click(&card, "UJANE", AWAY)).await, done());
    assert_eq!(stage.status(&token).await, "approved");
    let (token, card) = stage.ask(&here).await;
    for (enabled, answer) in [(false, refused()), (true, done())] {
        assert_eq!(stage.system.connectors("PATCH", &path, json!({ "enabled": enabled })).await.0, 200);
        let follow = stage.act(&card, "open_console", "UJANE", AWAY);
        assert_eq!(stage.post(&follow).await, answer, "a link that was followed is signed by the card's own app");
    }
    assert_eq!(stage.system.connectors("DELETE", &path, Value::Null).await.0, 200);
    assert_eq!(stage.post(&stage.click(&card, "UJANE", AWAY)).await, refused(), "it has no app any more");
    assert_eq!(stage.status(&token).await, "ready_for_approval");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_whose_answer_was_lost_is_learnt_from_a_click_signed_by_its_own_app() {
    let stage = Stage::open(Some(DEPLOYMENT)).await;
    let away = stage.away().await;
    let row = stage.connect(&away, "strict", Some(AWAY)).await;
    let path = format!("{CONNECTORS}/{}", row["id"].as_str().unwrap());
    stage.call(&away, &away.admin, "PATCH", &path, json!({ "timeout_seconds": 1 })).await;
    stage.ask(&away).await;
    stage.slack.fail_next(Fault::SucceedSilently);
    let (token, card) = stage.ask(&away).await;
    assert_eq!(stage.post(&stage.click(&card, "UJANE", HOME)).await, refused());
    assert_eq!(stage.post(&stage.click(&card, "UJANE", AWAY)).await, done());
    assert_eq!(stage.status(&token).await, "approved");
    stage.system.minutes(3).await;
    assert_eq!(stage.slack.messages().len(), 2, "no second card");
}
