//! What agents, people, vendors, admins and the clock do with a host: every function has a part in it.

use super::transcript::Transcript;
use crate::harness::pages::Browser;
use crate::harness::socket::Socket;
use crate::harness::{POLICY, System, body};
use serde_json::{Value, json};
use standins::slack::SlackStandin;
use standins::vendor::hmac;
use std::time::Duration;

/// A second is over soon, and needs nobody.
const INSTANT: &str = r#"  instant.lived:
    timeoutSec: 1
    approvers: { anyOf: ["user:approver@localhost"] }
"#;
/// What a vendor signs with.
const WEBHOOK_SECRET: &str = "s3cretOfTheWebhook";
/// The longest that a sweep takes.
const UNTIL_THE_NEXT_SWEEP: Duration = Duration::from_secs(100);
const CONNECTORS: &str = "/api/settings/approval-connectors";

/// The policy of all stories.
pub fn policy() -> String {
    format!("{POLICY}{INSTANT}")
}

fn mail() -> Value {
    json!({ "to": "bob@acme.com", "subject": "Offer", "bcc": "boss@acme.com", "body": { "text": "Dear Bob", "secret": "x" } })
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// An agent asks, a person decides, the agent learns it in every way there is.
pub async fn asks_and_learns(told: &mut Transcript<'_>) {
    let keys = told.system.keys.clone();
    told.call("", "GET", "/healthz", Value::Null).await;
    let once = [("idempotency-key", "once")];
    let asked = told.call_as(&keys.agent, "POST", "/api/guard/request", &once, body("gmail.send", mail())).await;
    let again = told.call_as(&keys.agent, "POST", "/api/guard/request", &once, body("gmail.send", mail())).await;
    assert_eq!(asked["requestId"], again["requestId"]);
    let (id, token) = (text(&asked, "requestId"), text(&asked, "token"));
    for (key, asking) in [
        (&keys.agent, body("never.do", json!({}))),
        (&keys.agent, body("un.known", json!({}))),
        (&keys.agent, json!({ "action": 7 })),
        (&keys.approver, body("gmail.send", mail())),
        (&"csk_wrong".to_owned(), body("gmail.send", mail())),
    ] {
        told.call(key, "POST", "/v1/api/guard/request", asking).await;
    }
    told.call("", "POST", "/api/guard/wait", json!({ "token": token })).await;
    for query in ["", "?status=pending&limit=5", "?agent=agent:demo", "?task_id=none", "?status=nothing"] {
        told.call(&keys.approver, "GET", &format!("/approvals{query}"), Value::Null).await;
    }
    told.call(&keys.approver, "GET", &format!("/approvals/{id}"), Value::Null).await;
    let edits =
        [json!({ "to": "eve@acme.com" }), json!({ "subject": "x".repeat(41) }), json!({ "subject": "Our offer" })];
    for edit in edits {
        let decision = json!({ "decision": "approved", "modified_action": edit, "comment": "so be it" });
        told.call(&keys.approver, "POST", &format!("/approvals/{id}/resolve"), decision).await;
        told.system.settle().await;
    }
    told.call("", "POST", "/api/guard/wait", json!({ "token": token })).await;
    told.call("", "GET", &format!("/api/guard/wait?token={token}"), Value::Null).await;
    told.call("", "GET", "/api/guard/wait?token=cwt_wrong", Value::Null).await;
    let report = json!({ "status": "executed", "reference": "mail-1" });
    told.call(&keys.agent, "POST", &format!("/approvals/{id}/execution"), report).await;
}

/// A refusal, asking again, and taking back.
pub async fn refuses_and_takes_back(told: &mut Transcript<'_>) {
    let keys = told.system.keys.clone();
    let denied = told.call(&keys.agent, "POST", "/api/guard/request", body("gmail.send", mail())).await;
    let id = text(&denied, "requestId").to_owned();
    let no = json!({ "decision": "denied", "comment": "not today" });
    told.call(&keys.approver, "POST", &format!("/approvals/{id}/resolve"), no).await;
    told.system.settle().await;
    let actor = json!({ "id": "demo", "source": "agent" });
    let again = json!({ "originalRequestId": id, "actor": actor });
    let again = told.call(&keys.agent, "POST", "/api/guard/rerequest", again).await;
    told.call("", "POST", "/api/guard/cancel", json!({ "token": again["token"] })).await;
    let other = told.call(&keys.agent, "POST", "/api/guard/request", body("plain.post", json!({}))).await;
    let path = format!("/approvals/{}/cancel", text(&other, "requestId"));
    told.call(&keys.agent, "POST", &path, json!({ "reason": "changed my mind" })).await;
}

/// A time is over. The sweep stays until the next one, so this comes last.
pub async fn expires(told: &mut Transcript<'_>) {
    let keys = told.system.keys.clone();
    let soon = told.call(&keys.agent, "POST", "/api/guard/request", body("instant.lived", json!({}))).await;
    told.call("", "POST", "/api/guard/wait", json!({ "token": soon["token"], "waitSec": 10 })).await;
    // By hand, since a scheduled one goes on until the next.
    for order in [json!({}), json!({ "replaySince": "2026-01-01T00:00:00Z" })] {
        told.system.invoker.invoke("SweepFunction", order);
        tokio::time::timeout(UNTIL_THE_NEXT_SWEEP, told.system.invoker.idle()).await.expect("the sweep goes on");
        told.system.settle().await;
    }
    told.call(&keys.approver, "GET", &format!("/approvals/{}", text(&soon, "requestId")), Value::Null).await;
}

/// Somebody waits on a WebSocket.
pub async fn waits_on_a_socket(told: &mut Transcript<'_>) {
    let keys = told.system.keys.clone();
    assert_eq!(Socket::connect(told.system, Some("cwt_wrong")).await.err(), Some(404));
    let [first, second] = [told.system.ask("plain.a", json!({})).await, told.system.ask("plain.b", json!({})).await];
    let mut socket = Socket::wait_for(told.system, &first.token).await;
    let current = socket.next().await;
    told.note(&format!("the socket says {current}"));
    socket.subscribe(&second.token).await;
    let current = socket.next().await;
    told.note(&format!("the socket says {current}"));
    assert!(socket.is_quiet().await);
    for asked in [&first, &second] {
        told.system.resolve(&keys.approver, &asked.id, json!({ "decision": "approved" })).await;
        let last = socket.until_over(&asked.id).await.pop().unwrap();
        told.note(&format!("the socket says {last}"));
        told.system.settle().await;
    }
    socket.close().await;
    told.system.settle().await;
}

/// An admin looks after policy, keys and agents.
pub async fn administers(told: &mut Transcript<'_>) {
    let admin = told.system.keys.admin.clone();
    for (method, path, body) in [
        ("GET", "/api/settings/policy", Value::Null),
        ("POST", "/api/settings/policy/check", json!({ "action": "gmail.send", "params": { "to": "x", "bcc": "y" } })),
        (
            "POST",
            "/api/settings/policy/check",
            json!({ "policy": "actions: { a: { approvers: {}, overrideSchema: 1 } }" }),
        ),
        ("PUT", "/api/settings/policy", json!({ "actions": { "a": { "overrideSchema": { "type": "nothing" } } } })),
        ("GET", "/agents/sales/config", Value::Null),
        ("PATCH", "/agents/sales/config", json!({ "approval_ttl_hours": 2 })),
        ("POST", "/api/settings/keys", json!({ "name": "x", "subject": "nobody", "roles": [] })),
    ] {
        told.call(&admin, method, path, body).await;
    }
    told.list(&admin, "/api/settings/keys").await;
    let document = format!("{}  more.yet: {{ effect: deny }}\n", policy());
    let put = told.system.request("PUT", "/api/settings/policy").bearer_auth(&admin);
    told.send("PUT policy", put.header("content-type", "application/yaml").body(document)).await;
    let key = json!({ "name": "more", "subject": "user:more@acme.com", "roles": ["approver"] });
    let key = told.call(&admin, "POST", "/api/settings/keys", key).await;
    told.call(text(&key, "key"), "GET", "/approvals", Value::Null).await;
    told.call(&admin, "DELETE", &format!("/api/settings/keys/{}", text(&key, "id")), Value::Null).await;
    told.call(text(&key, "key"), "GET", "/approvals", Value::Null).await;
}

/// An admin makes connectors; what is sent to them goes nowhere, for no function may reach this machine.
pub async fn connects(told: &mut Transcript<'_>) {
    let (admin, agent) = (told.system.keys.admin.clone(), told.system.keys.agent.clone());
    let webhook = json!({ "name": "hook", "type": "webhook", "endpoint": "https://127.0.0.1/", "headers": {} });
    for (path, body) in [("", webhook.clone()), ("/test", webhook)] {
        told.call(&admin, "POST", &format!("{CONNECTORS}{path}"), body).await;
    }
    let jira = json!({ "name": "board", "type": "jira", "endpoint": "https://acme.atlassian.net", "headers": {
        "X-Jira-Email": "gate@acme.com", "X-Jira-Api-Token": "token", "X-Jira-Project": "OPS",
        "X-Jira-Webhook-Secret": WEBHOOK_SECRET } });
    let jira = told.call(&admin, "POST", CONNECTORS, jira).await;
    let duty = json!({ "name": "duty", "type": "pagerduty", "endpoint": "https://events.pagerduty.com/v2/enqueue", "headers": {
        "X-PagerDuty-Routing-Key": "0123456789abcdef0123456789ABCDEF", "X-PagerDuty-Webhook-Secret": WEBHOOK_SECRET } });
    let duty = told.call(&admin, "POST", CONNECTORS, duty).await;
    let of = |row: &Value| format!("{CONNECTORS}/{}", text(row, "id"));
    told.call(&admin, "GET", &of(&jira), Value::Null).await;
    for (method, path, body) in [
        ("PATCH", of(&jira), json!({ "enabled": false })),
        ("GET", CONNECTORS.to_owned(), Value::Null),
        ("GET", format!("{CONNECTORS}/defaults"), Value::Null),
        ("PUT", format!("{CONNECTORS}/defaults"), json!({ "default_delivery_mode": "first_success" })),
        ("POST", format!("{CONNECTORS}/dead-letters/appr_00000000000000000000000000/replay"), Value::Null),
    ] {
        told.call(&admin, method, &path, body).await;
    }
    for (vendor, row, signature) in [("jira", &jira, "x-hub-signature"), ("pagerduty", &duty, "x-pagerduty-signature")]
    {
        for secret in ["wrong", WEBHOOK_SECRET] {
            let news =
                json!({ "webhookEvent": "jira:issue_updated", "event": { "event_type": "pagey.ping" } }).to_string();
            let signed = if vendor == "jira" { "sha256=" } else { "v1=" }.to_owned() + &hmac(secret, &news);
            let path = format!("/api/callbacks/{vendor}/{}", text(row, "id"));
            let post = told.system.request("POST", &path).header(signature, signed).body(news);
            told.send(&format!("POST callback of {vendor}"), post).await;
        }
    }
    told.call(&admin, "PATCH", &of(&duty), json!({ "enabled": false })).await;
    told.call(&agent, "POST", "/api/guard/request", body("plain.delivered", json!({ "x": 1 }))).await;
    told.system.settle().await;
    told.list(&admin, &format!("{CONNECTORS}/activity")).await;
    told.list(&admin, &format!("{CONNECTORS}/dead-letters")).await;
    for row in [&jira, &duty] {
        told.call(&admin, "DELETE", &format!("{}?force=true", of(row)), Value::Null).await;
    }
}

/// A person uses the console.
pub async fn uses_the_console(told: &mut Transcript<'_>) {
    let keys = told.system.keys.clone();
    let [yes, no] = [told.system.ask("gmail.send", mail()).await, told.system.ask("gmail.send", mail()).await];
    let mut browser = Browser::open(told.system);
    told.page("before signing in", &browser.get("/console").await);
    told.page("style", &browser.get("/console/style.css").await);
    told.page("a wrong key", &browser.sign_in("csk_wrong", "").await);
    told.page("signing in", &browser.sign_in(&keys.approver, "").await);
    browser.get("/console").await.must_say(200, &["Send an e-mail to"]);
    let page = format!("/console/approvals/{}", yes.id);
    browser.get(&page).await.must_say(200, &["Send an e-mail to", "bob@acme.com"]);
    told.page("edit", &browser.get(&format!("{page}/edit")).await);
    let seen = browser.get(&page).await.field("digest").to_owned();
    told.page("approve", &browser.submit(&format!("{page}/approve"), &[("digest", &seen)]).await);
    let page = format!("/console/approvals/{}", no.id);
    let seen = browser.get(&page).await.field("digest").to_owned();
    told.page("deny", &browser.submit(&format!("{page}/deny"), &[("digest", &seen), ("reason", "no")]).await);
    told.system.settle().await;
    told.call("", "POST", "/api/guard/wait", json!({ "token": yes.token })).await;
    told.call("", "POST", "/api/guard/wait", json!({ "token": no.token })).await;
    told.page("signing in as an admin", &browser.sign_in(&keys.admin, "").await);
    for page in ["overview", "settings", "settings/policy", "settings/keys", "settings/agents", "settings/connectors"] {
        let shown = browser.get(&format!("/console/{page}")).await;
        told.note(&format!("{page} → {} {}", shown.status, shown.to));
    }
}

/// A person decides in Slack.
pub async fn clicks_in_slack(told: &mut Transcript<'_>, slack: &SlackStandin) {
    for action in ["approve", "deny"] {
        let asked = told.system.ask("plain.slack", json!({ "to": "x" })).await;
        told.system.settle().await;
        let cards = slack.messages();
        let card =
            cards.iter().find(|card| card.latest().blocks.iter().any(|b| b.to_string().contains(&asked.id))).unwrap();
        let click = slack.click(card, action, "UJANE").unwrap();
        for signed in [click.clone().unsigned(), click] {
            let mut post = told.system.request("POST", "/api/slack/interactions").body(signed.body);
            for (name, value) in &signed.headers {
                post = post.header(name, value);
            }
            told.send(&format!("a click on {action}"), post).await;
        }
        told.system.settle().await;
        told.call("", "POST", "/api/guard/wait", json!({ "token": asked.token })).await;
    }
}

/// Everything but Slack, which needs cards.
pub async fn all(system: &System) -> Vec<String> {
    let mut told = Transcript::of(system);
    asks_and_learns(&mut told).await;
    refuses_and_takes_back(&mut told).await;
    waits_on_a_socket(&mut told).await;
    administers(&mut told).await;
    connects(&mut told).await;
    uses_the_console(&mut told).await;
    expires(&mut told).await;
    told.end()
}
