//! `/console/settings…`: admins make, edit, test, disable and delete connectors; what is secret comes back once, or never.

use crate::harness::pages::{Browser, Page};
use crate::harness::{Start, System};
use crate::journeys::connectors::stage::{jira, pagerduty, webhook};
use crate::routes::{at_noon, clock, everything, key_in};
use serde_json::{Value, json};
use standins::webhook::{Fault, WebhookStandin};

const AT: &str = "/console/settings/connectors";
const POLICY: &str = r#"
people: { jane: ["user:jane@acme.com"] }
routing: { defaultTimeoutSec: 36000 }
defaults: { superApprovers: ["user:jane@acme.com"] }
actions:
  deploy: { approvers: { minApprovals: 1 }, delivery: { connectors: [hook] } }
  "release.*": { approvers: { minApprovals: 1 }, escalation: { escalateBeforeSec: 60, connectors: [hook] } }
"#;

async fn host() -> System {
    Start::fresh().at(clock()).under(POLICY).start().await
}

async fn admin(system: &System) -> Browser<'_> {
    let mut browser = Browser::open(system);
    browser.sign_in(&system.keys.admin, "/console").await;
    browser
}

/// The connector that a page is about, by the address it leads to.
fn of(page: &Page) -> String {
    let to = page.to.split('?').next().unwrap();
    assert!(page.status == 303 && to.starts_with(&format!("{AT}/ac_")), "{} {}", page.to, page.text);
    to.to_owned()
}

fn at(row: &Value) -> String {
    format!("{AT}/{}", row["id"].as_str().unwrap())
}

/// Every page of the settings, and the connector's own.
async fn all_pages(browser: &mut Browser<'_>, connector: &str) -> String {
    let mut text = String::new();
    for path in [
        AT.to_owned(),
        connector.to_owned(),
        format!("{connector}/delete"),
        "/console/settings/activity".into(),
        "/console/settings/dead-letters".into(),
        "/console/settings/defaults".into(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        text += &page.text;
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_makes_edits_without_retyping_tests_disables_and_deletes_a_connector() {
    let (system, hook) = (at_noon().await, WebhookStandin::start().await.unwrap());
    let mut browser = admin(&system).await;
    assert_eq!(browser.get("/console/settings").await.to, AT);
    browser.get(AT).await.must_say(200, &["No connector yet", "/connectors/new\""]);
    browser.get(&format!("{AT}/new")).await.must_say(200, &["new?type=slack", "new?type=webhook"]);
    let secret = hook.secret();
    let typed = [
        ("type", "webhook"),
        ("name", "first"),
        ("endpoint", &hook.url()),
        ("header:X-Webhook-Secret", secret),
        ("further-name", "X-Team"),
        ("further-value", "geheim"),
        ("further-name", ""),
        ("further-value", ""),
        ("timeout_seconds", ""),
    ];
    let made = of(&browser.submit(AT, &typed).await);
    let page = browser.get(&made).await;
    page.must_say(200, &["first", &hook.url(), "placeholder=\"whsec_...\"", "X-Team"]);
    page.must_not_say(&[secret, "geheim"]);
    let typed =
        [("name", "second"), ("endpoint", &hook.url()), ("header:X-Webhook-Secret", ""), ("timeout_seconds", "7")];
    assert_eq!(of(&browser.submit(&made, &typed).await), made);
    browser.get(AT).await.must_say(200, &["second", "7 s"]);
    system.ask_and_settle("plain.do", json!({})).await;
    let delivered = hook.deliveries();
    assert_eq!(delivered.len(), 1, "it is signed with the secret as it was: {:?}", hook.refusals());
    assert_eq!(delivered[0].header("x-team"), Some("geheim"));
    browser.submit(&format!("{made}/test"), &[]).await.must_say(200, &["healthy", "Configuration", " ms"]);
    let off = browser.submit(&format!("{made}/disable"), &[]).await;
    browser.get(&off.to).await.must_say(200, &["nothing is delivered", ">disabled<"]);
    let on = browser.submit(&format!("{made}/enable"), &[]).await;
    browser.get(&on.to).await.must_say(200, &[">enabled<"]);
    browser.get(&format!("{made}/delete")).await.must_say(200, &["second", ">Delete<"]);
    let gone = browser.submit(&format!("{made}/delete"), &[]).await;
    assert_eq!(gone.status, 303);
    browser.get(&gone.to).await.must_say(200, &["Deleted", "No connector yet"]);
    assert_eq!(browser.get(&made).await.status, 404);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_named_beside_its_field_and_no_typed_secret_comes_back() {
    let system = Start::fresh().strictly().start().await;
    let mut browser = admin(&system).await;
    let whole = |told: &'static [&'static str], typed: &'static [(&'static str, &'static str)]| (told, typed);
    for (told, typed) in [
        whole(
            &["is required", "must be a channel's id", "begins with xoxb-", "is required in strict mode", "checked"],
            &[
                ("type", "slack"),
                ("name", ""),
                ("endpoint", "kept-1"),
                ("header:X-Slack-Bot-Token", "geheim"),
                ("strict", "yes"),
            ],
        ),
        whole(
            &["must be a host of Teams workflows", "kept-1"],
            &[("type", "teams"), ("name", "kept-1"), ("endpoint", "https://acme.com/?sig=geheim")],
        ),
        whole(
            &[
                "e-mail address of an Atlassian account",
                "must be a project's key",
                "must be an API token",
                "must be the site alone",
            ],
            &[
                ("type", "jira"),
                ("name", "j"),
                ("endpoint", "https://acme.atlassian.net/kept-1"),
                ("header:X-Jira-Email", "geheim"),
                ("header:X-Jira-Api-Token", "geheim geheim"),
                ("header:X-Jira-Project", "ops"),
                ("header:X-Jira-Webhook-Secret", "geheim"),
            ],
        ),
        whole(
            &["must be the 32 letters and digits"],
            &[
                ("type", "pagerduty"),
                ("name", "kept-1"),
                ("endpoint", "https://events.pagerduty.com/v2/enqueue"),
                ("header:X-PagerDuty-Routing-Key", "geheim"),
            ],
        ),
        whole(
            &[
                "must be whsec_ and base64",
                "cannot be set",
                "must be a whole number",
                "value=\"Host\"",
                "is not the name of a header",
            ],
            &[
                ("type", "webhook"),
                ("name", "kept-1"),
                ("endpoint", "https://approvals.example.com/hook"),
                ("header:X-Webhook-Secret", "whsec_geheim"),
                ("further-name", "Host"),
                ("further-value", "geheim"),
                ("timeout_seconds", "0"),
                ("further-name", "two words"),
                ("further-value", "geheim"),
            ],
        ),
        whole(
            &["is given twice", "must have a value", "must be a whole number between 1 and 120", "value=\"500\""],
            &[
                ("type", "webhook"),
                ("name", "kept-1"),
                ("endpoint", "https://approvals.example.com/hook"),
                ("further-name", "X-A"),
                ("further-value", "geheim"),
                ("further-name", "x-a"),
                ("further-value", "geheim"),
                ("further-name", "X-B"),
                ("further-value", ""),
                ("timeout_seconds", "500"),
            ],
        ),
    ] {
        for path in [AT.to_owned(), format!("{AT}/test")] {
            let page = browser.submit(&path, typed).await;
            page.must_not_say(&["geheim"]);
            let kept: Vec<&str> = typed.iter().map(|(_, v)| *v).filter(|v| *v == "kept-1").collect();
            page.must_say(page.status, &kept);
            if path == AT {
                page.must_say(400, &["Not saved"]);
                page.must_say(400, told);
            }
        }
    }
    browser.get(AT).await.must_say(200, &["No connector yet"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_is_said_beside_the_name() {
    let system = at_noon().await;
    system.connector(json!({ "name": "hook", "endpoint": "https://approvals.example.com/hook" })).await;
    let mut browser = admin(&system).await;
    let typed = [("type", "webhook"), ("name", "HOOK"), ("endpoint", "https://approvals.example.com/hook")];
    let page = browser.submit(AT, &typed).await;
    page.must_say(409, &["another connector is named", "value=\"HOOK\"", "aria-invalid=\"true\""]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_made_is_on_one_page_once_and_nowhere_else() {
    let system = at_noon().await;
    let mut browser = admin(&system).await;
    let typed = [("type", "webhook"), ("name", "ours"), ("endpoint", "https://approvals.example.com/hook")];
    let page = browser.submit(AT, &typed).await;
    page.must_say(201, &["shown this once"]);
    assert!(page.to.is_empty() && page.headers["cache-control"] == "no-store");
    let secret = |page: &Page| page.text.split("class=\"copy\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let first = secret(&page);
    assert!(first.starts_with("whsec_") && first.len() > 40, "{first}");
    let made = page.text.split("class=\"button\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let seen = all_pages(&mut browser, &made).await;
    assert!(!seen.contains(&first) && seen.contains("whsec_..."));
    assert!(!everything(&system).await.join("\n").contains(&first), "it is stored in the clear");
    let stays = [("name", "ours"), ("endpoint", "https://approvals.example.com/hook")];
    let anew = [stays[0], stays[1], ("remove:X-Webhook-Secret", "yes")];
    let page = browser.submit(&made, &anew).await;
    page.must_say(200, &["shown this once"]);
    assert_ne!(secret(&page), first);
    assert_eq!(browser.submit(&made, &stays).await.status, 303, "and then it stays");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_wants_the_secrets_again_and_an_optional_one_can_be_taken_away() {
    let system = Start::fresh().start().await;
    let row = system.connector(jira("board", "https://acme.atlassian.net")).await;
    let mut browser = admin(&system).await;
    let typed = |endpoint| {
        [("name", "board"), ("endpoint", endpoint), ("header:X-Jira-Project", "OPS"), ("header:X-Jira-Issue-Type", "")]
    };
    let page = browser.submit(&at(&row), &typed("https://other.atlassian.net")).await;
    page.must_say(400, &["must be entered again, or taken away", "https://other.atlassian.net"]);
    let mut fields = typed("https://acme.atlassian.net").to_vec();
    fields.push(("remove:X-Jira-Webhook-Secret", "yes"));
    assert_eq!(browser.submit(&at(&row), &fields).await.status, 303);
    let headers = system.connector_now(&row).await["headers"].clone();
    assert!(headers.get("X-Jira-Webhook-Secret").is_none() && headers["X-Jira-Api-Token"] == "...", "{headers}");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_checks_are_told_before_the_vendor_is_asked() {
    let (system, hook) = (at_noon().await, WebhookStandin::start().await.unwrap());
    let mut browser = admin(&system).await;
    let url = hook.url();
    let mut typed = vec![("type", "webhook"), ("endpoint", url.as_str()), ("header:X-Webhook-Secret", hook.secret())];
    let path = format!("{AT}/test");
    typed.push(("extent", "local"));
    let page = browser.submit(&path, &typed).await;
    page.must_say(200, &["id=\"checks\"", "Connector configuration is valid", ">running<"]);
    assert_eq!(hook.calls(), 0, "nobody was asked");
    typed.push(("extent", "all"));
    browser.submit(&path, &typed).await.must_say(200, &["healthy", "accepted the test request"]);
    assert_eq!(hook.calls(), 1);
    hook.fail_next(Fault::Status(500, None));
    browser.submit(&path, &typed).await.must_say(200, &["unhealthy", ">failed<", "HTTP 500"]);
    typed[1].1 = "ftp://nowhere";
    typed.push(("extent", "local"));
    browser.submit(&path, &typed).await.must_say(200, &["unhealthy", ">skipped<", "must begin with https://"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_the_policy_names_is_deleted_once_its_actions_were_seen() {
    let system = host().await;
    let row = system.connector(json!({ "name": "hook", "endpoint": "https://approvals.example.com/hook" })).await;
    let mut browser = admin(&system).await;
    let path = format!("{}/delete", at(&row));
    browser
        .get(&path)
        .await
        .must_say(200, &["<code>deploy</code>", "<code>release.*</code>", "Delete all the same", "value=\"true\""]);
    browser.submit(&path, &[]).await.must_say(409, &["Not deleted", "Delete all the same"]);
    system.connector_now(&row).await;
    assert_eq!(browser.submit(&path, &[("force", "true")]).await.status, 303);
    assert_eq!(browser.get(&at(&row)).await.status, 404);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_is_no_admin_and_another_workspace_see_and_change_nothing() {
    let system = at_noon().await;
    let row = system.connector(webhook("hook", "https://approvals.example.com/hook", "")).await;
    let mut approver = Browser::open(&system);
    approver.sign_in(&system.keys.approver, "/console").await;
    approver.get("/console").await.must_not_say(&["/console/settings"]);
    let foreign = key_in(&system, "elsewhere", "user:eve@acme.com", &["admin"]).await;
    let mut eve = Browser::open(&system);
    eve.sign_in(&foreign, "/console").await;
    eve.get(AT).await.must_say(200, &["No connector yet"]);
    let before = everything(&system).await;
    let mine = at(&row);
    for path in ["", "/connectors", "/connectors/new", "/defaults", "/activity", "/dead-letters", "/nothing"] {
        let page = approver.get(&format!("/console/settings{path}")).await;
        page.must_say(403, &["Settings are for admins"]);
        page.must_not_say(&["approvals.example.com"]);
    }
    for path in [mine.clone(), format!("{mine}/delete")] {
        assert_eq!((approver.get(&path).await.status, eve.get(&path).await.status), (403, 404), "{path}");
    }
    let typed =
        [("type", "webhook"), ("name", "x"), ("endpoint", "https://approvals.example.com/x"), ("force", "true")];
    for what in ["", "/test", "/enable", "/disable", "/delete"] {
        let path = format!("{mine}{what}");
        assert_eq!(approver.submit(&path, &typed).await.status, 403, "{path}");
        assert_eq!(eve.submit(&path, &typed).await.status, 404, "{path}");
    }
    for path in [AT.to_owned(), format!("{AT}/test"), "/console/settings/defaults".into()] {
        assert_eq!(approver.submit(&path, &typed).await.status, 403, "{path}");
    }
    assert_eq!(everything(&system).await, before);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_not_from_the_console_changes_nothing() {
    let system = at_noon().await;
    let row = system.connector(webhook("hook", "https://approvals.example.com/hook", "")).await;
    let mut browser = admin(&system).await;
    let csrf = browser.get(AT).await.field("csrf").to_owned();
    let before = everything(&system).await;
    let typed = [("type", "webhook"), ("name", "x"), ("endpoint", "https://approvals.example.com/x"), ("mode", "all")];
    let good = [typed.as_slice(), &[("csrf", csrf.as_str())]].concat();
    let mine = at(&row);
    for path in [
        AT.to_owned(),
        format!("{AT}/test"),
        mine.clone(),
        format!("{mine}/disable"),
        format!("{mine}/delete"),
        format!("{mine}/test"),
        "/console/settings/defaults".into(),
        "/console/settings/dead-letters/x/replay".into(),
    ] {
        assert_eq!(browser.post(&path, &system.url, &typed).await.status, 403, "{path}");
        assert_eq!(browser.post(&path, "https://evil.example", &good).await.status, 403, "{path}");
    }
    assert_eq!(everything(&system).await, before);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_seen_and_replayed() {
    let (system, hook) = (host().await, WebhookStandin::start().await.unwrap());
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    let mut browser = admin(&system).await;
    let letters = "/console/settings/dead-letters";
    browser.get(letters).await.must_say(200, &["None."]);
    hook.fail_next(Fault::Status(400, None));
    let asked = system.ask_and_settle("deploy", json!({})).await;
    let page = browser.get(letters).await;
    page.must_say(200, &["hook", &format!("/console/approvals/{}", asked.id), "HTTP 400"]);
    let replay =
        page.text.split("action=\"").map(|at| at.split('"').next().unwrap()).find(|at| at.ends_with("/replay"));
    let replay = replay.unwrap().to_owned();
    let done = browser.submit(&replay, &[]).await;
    system.settle().await;
    browser.get(&done.to).await.must_say(200, &["tried again", "None."]);
    assert_eq!((hook.calls(), hook.deliveries().len()), (2, 1));
    browser
        .get("/console/settings/activity")
        .await
        .must_say(200, &["dispatch failed", "dispatch succeeded", &asked.id]);
    let again = browser.submit(&replay, &[]).await;
    browser.get(&again.to).await.must_say(200, &["This one is gone"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_text() {
    let (system, hook) = (Start::fresh().at(clock()).start().await, WebhookStandin::start().await.unwrap());
    let name = "\"><script>alert(1)</script>\u{202e}";
    let row = system.connector(webhook(name, &format!("{}?\"><script>", hook.url()), hook.secret())).await;
    hook.fail_next(Fault::Status(400, None));
    system.ask_and_settle("plain.do", json!({})).await;
    let mut browser = admin(&system).await;
    let pages = all_pages(&mut browser, &at(&row)).await;
    assert!(!pages.contains("<script>"), "{pages}");
    let shown = pages.matches("&lt;script&gt;alert(1)&lt;/script&gt;<mark").count();
    assert!(shown >= 5, "each page shows its hidden character: {pages}");
    let typed =
        [("type", "webhook"), ("name", name), ("endpoint", name), ("further-name", name), ("further-value", "")];
    let refused = browser.submit(AT, &typed).await;
    assert!(refused.status == 400 && !refused.text.contains("<script>"), "{}", refused.text);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defaults_are_changed_and_a_bad_one_is_refused() {
    let system = at_noon().await;
    let mut browser = admin(&system).await;
    let path = "/console/settings/defaults";
    browser
        .get(path)
        .await
        .must_say(200, &["value=\"first_success\" checked", "value=\"yes\" checked", "value=\"10\""]);
    let done = browser.submit(path, &[("mode", "all"), ("timeout", "30")]).await;
    let page = browser.get(&done.to).await;
    page.must_say(200, &["Saved.", "value=\"all\" checked", "value=\"30\""]);
    page.must_not_say(&["value=\"yes\" checked"]);
    for bad in ["0", "121", "ten", ""] {
        let page = browser.submit(path, &[("mode", "all"), ("timeout", bad)]).await;
        page.must_say(400, &["whole number between 1 and 120", &format!("value=\"{bad}\"")]);
    }
    let now = system.connectors("GET", "/defaults", Value::Null).await.1;
    assert_eq!((&now["default_delivery_mode"], &now["default_fallback_to_ui"]), (&json!("all"), &json!(false)));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_the_address_that_its_vendor_is_to_call() {
    let system = Start::fresh().start().await;
    let mut browser = admin(&system).await;
    let shown = |path: &str| format!("{}{path}", system.url);
    browser.get(&format!("{AT}/new?type=slack")).await.must_say(200, &[&shown("/api/slack/interactions")]);
    let board = system.connector(jira("board", "https://acme.atlassian.net")).await;
    let pager = system.connector(pagerduty("oncall", "https://events.pagerduty.com/v2/enqueue")).await;
    for (row, kind) in [(board, "jira"), (pager, "pagerduty")] {
        let address = shown(&format!("/api/callbacks/{kind}/{}", row["id"].as_str().unwrap()));
        browser.get(&at(&row)).await.must_say(200, &[&address]);
    }
    system.stop().await;
}
