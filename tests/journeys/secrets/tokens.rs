//! Agents and people with tokens of their company's issuer, from asking to the outcome.

use crate::harness::pages::Browser;
use crate::harness::{Start, System, body};
use domain::Workspace;
use serde_json::{Value, json};
use standins::issuer::{IssuerStandin, SigningKey, machine, person, with};

const ASK: &str = "/api/guard/request";
const POLICY: &str = r#"
people: { jane: ["user:jane@acme.com", "github:jane"] }
actions:
  "deploy.*": { approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"] } }
"#;

struct Stage {
    system: System,
    _issuer: IssuerStandin,
    key: SigningKey,
}

impl Stage {
    async fn open(change: Value) -> Self {
        let key = SigningKey::new("one", "EdDSA");
        let issuer = IssuerStandin::start(&[&key]).await;
        let configured = with(issuer.configured(), change);
        let system = Start::fresh().under(POLICY).believing(json!([configured])).start().await;
        Self { system, _issuer: issuer, key }
    }

    fn bot(&self, more: Value) -> String {
        self.key.token("EdDSA", &with(machine(self.system.clock.now(), "deployer"), more))
    }

    fn person(&self, email: &str, groups: &[&str]) -> String {
        self.key.token("EdDSA", &person(self.system.clock.now(), email, groups))
    }

    async fn ask(&self, token: &str) -> Value {
        let (status, asked) = self.system.call(token, "POST", ASK, body("deploy.app", json!({ "v": 1 }))).await;
        assert_eq!(status, 200, "{asked}");
        asked
    }

    async fn approve(&self, token: &str, asked: &Value) -> (u16, Value) {
        self.system.resolve(token, asked["requestId"].as_str().unwrap(), json!({ "decision": "approved" })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_asks_and_a_person_approves_with_tokens_of_one_issuer() {
    let stage = Stage::open(json!({})).await;
    let (system, bot) = (&stage.system, stage.bot(json!({})));
    let ask = || {
        let request = system.request("POST", ASK).bearer_auth(&bot).header("idempotency-key", "once");
        let request = request.json(&body("deploy.app", json!({ "v": 1 })));
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let asked = ask().await;
    assert_eq!(ask().await, asked, "the key of an idempotency is the agent's, whatever its token");
    let path = format!("/approvals/{}", asked["requestId"].as_str().unwrap());
    assert_eq!(system.get(&bot, &path).await.1["agent"], "deployer");
    let other = stage.bot(json!({ "azp": "other" }));
    assert_eq!(system.get(&other, &path).await.0, 404, "another agent's");
    for nobody in
        [stage.person("eve@acme.com", &["approvers"]), bot.clone(), stage.person("omar@acme.com", &["auditors"])]
    {
        assert_eq!(stage.approve(&nobody, &asked).await.0, 403);
    }
    let (status, answer) = stage.approve(&stage.person("Jane@acme.com", &["approvers"]), &asked).await;
    assert_eq!((status, &answer["status"]), (200, &json!("approved")), "{answer}");
    let outcome = system.poll(asked["token"].as_str().unwrap()).await;
    assert_eq!(outcome["approvers"], json!(["user:jane@acme.com"]));
    let (status, listed) = system.get(&bot, "/approvals?status=approved").await;
    assert_eq!((status, listed["approvals"].as_array().map(Vec::len)), (200, Some(1)), "{listed}");
    let done = system.call(&bot, "POST", &format!("{path}/execution"), json!({ "status": "succeeded" })).await;
    assert_eq!(done.0, 200, "{}", done.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_what_their_own_token_or_agent_asked_for() {
    let stage = Stage::open(json!({})).await;
    let jane = stage.person("jane@acme.com", &["approvers", "developers"]);
    let omar = stage.person("omar@acme.com", &["approvers"]);
    for asker in [jane.clone(), stage.bot(json!({ "owner": "JANE@acme.com" }))] {
        let asked = stage.ask(&asker).await;
        assert_eq!(stage.approve(&jane, &asked).await.0, 403);
        assert_eq!(stage.approve(&omar, &asked).await.0, 200);
    }
    let stage = Stage::open(json!({ "agents": { "claim": "azp", "names": { "deployer": "deployer" },
            "owner": { "claim": "actor", "kind": "github" } } }))
    .await;
    let asked = stage.ask(&stage.bot(json!({ "actor": "Jane" }))).await;
    let jane = stage.person("jane@acme.com", &["approvers"]);
    assert_eq!(stage.approve(&jane, &asked).await.0, 403, "the policy says who github:jane is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_and_a_key_of_one_subject_are_one_person() {
    let stage = Stage::open(json!({})).await;
    let key = stage.system.key("agent:deployer", &["agent"]).await;
    let asked = stage.ask(&stage.bot(json!({}))).await;
    let path = format!("/approvals/{}/cancel", asked["requestId"].as_str().unwrap());
    assert_eq!(stage.system.call(&key, "POST", &path, Value::Null).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_with_a_token_governs_a_workspace_that_no_key_was_made_for() {
    let stage = Stage::open(json!({ "workspaces": ["default", "sales"] })).await;
    let (system, admin) = (&stage.system, stage.person("root@acme.com", &["admins"]));
    let in_sales = |token: &str, method: &str, path: &str| {
        system.request(method, path).bearer_auth(token).header("x-workspace-namespace", "sales")
    };
    let put = in_sales(&admin, "PUT", "/api/settings/policy").header("content-type", "application/yaml").body(POLICY);
    assert_eq!(put.send().await.unwrap().status(), 200);
    let ask = body("deploy.app", json!({}));
    let asked = in_sales(&stage.bot(json!({})), "POST", ASK).json(&ask).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let born = system.gate.store.list_workspaces().await.unwrap();
    assert!(born.iter().any(|workspace| workspace.as_str() == "sales"), "the sweep finds it: {born:?}");
    for path in ["/api/settings/approval-connectors", "/api/settings/keys", "/api/settings/policy", "/agents/x/config"]
    {
        assert_eq!(in_sales(&admin, "GET", path).send().await.unwrap().status(), 200, "{path}");
    }
    let auditor = stage.person("audit@acme.com", &["auditors"]);
    assert_eq!(in_sales(&auditor, "GET", "/api/settings/policy").send().await.unwrap().status(), 200);
    let head = system.gate.store.get_policy_head(&Workspace::parse("sales").unwrap(), true).await.unwrap().unwrap();
    assert_eq!(head.by, "user:root@acme.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_lets_people_in_by_keys_only() {
    let stage = Stage::open(json!({})).await;
    let mut browser = Browser::open(&stage.system);
    let answer = browser.sign_in(&stage.person("jane@acme.com", &["approvers"]), "/console").await;
    assert_eq!((answer.status, browser.cookie.as_str()), (401, ""));
}
