//! The setup guides, one page a vendor, checked against the code: what they tell to enter is accepted, and what they name is there.

use crate::harness::{Start, System};
use crate::journeys::connectors::stage::{CONNECTORS, teams, webhook};
use crate::journeys::slack::stage::by_hand;
use serde_json::{Map, Value, json};
use standins::teams::TeamsStandin;
use standins::webhook::WebhookStandin;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use vendors::connector::{Kind, Settings};
use vendors::slack::client::METHODS;

/// The pages, by the connectors they are about.
const PAGES: [(Kind, &str); 5] = [
    (Kind::Slack, include_str!("../../../docs/run/slack.md")),
    (Kind::Teams, include_str!("../../../docs/run/teams.md")),
    (Kind::Jira, include_str!("../../../docs/run/jira.md")),
    (Kind::Pagerduty, include_str!("../../../docs/run/pagerduty.md")),
    (Kind::Webhook, include_str!("../../../docs/run/webhook.md")),
];
const TEMPLATE: &str = include_str!("../../../template.yaml");
const MANIFEST: &str = include_str!("../../../infra/slack-app-manifest.yaml");

/// A page's blocks in a language, without the indentation of the list they are in.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().strip_prefix("```") == Some(language) {
            let inside = lines.by_ref().take_while(|line| line.trim() != "```");
            blocks.push(inside.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect());
        }
    }
    blocks
}

/// A call of the gate's API that a page shows.
#[derive(Debug)]
struct Shown {
    method: String,
    path: String,
    body: Value,
}

/// The calls that a page shows with curl.
fn calls(page: &str) -> Vec<Shown> {
    let scripts = blocks(page, "sh").concat();
    let commands = scripts.split("curl ").skip(1);
    commands
        .map(|command| {
            let (words, body) = command.split_once("-d '").unwrap_or((command, ""));
            let words: Vec<&str> = words.split_whitespace().collect();
            let path = words.iter().find_map(|word| word.strip_prefix("URL")).unwrap_or_else(|| panic!("{command}"));
            let given = words.iter().position(|word| *word == "-X").map(|at| words[at + 1]);
            let body = body.split('\'').next().unwrap();
            let body = serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {body}"));
            Shown { method: given.unwrap_or("POST").to_owned(), path: path.to_owned(), body }
        })
        .collect()
}

/// The routes of the template: method, and path in parts.
fn routes() -> Vec<(&'static str, Vec<&'static str>)> {
    let after = |line: &'static str, key: &str| {
        let (_, rest) = line.split_once(key)?;
        Some(rest.split([',', '}']).next()?.trim().trim_matches('"'))
    };
    let path = |line: &'static str| {
        let (_, rest) = line.split_once("Path: ")?;
        let end = rest.find(" }").unwrap_or(rest.len());
        rest.get(..end).map(|path| path.trim_matches('"'))
    };
    let routes = TEMPLATE.lines().filter(|line| line.contains("HttpApi, Properties"));
    let routes: Vec<_> = routes
        .map(|line| (after(line, "Method: ").unwrap(), path(line).unwrap().split('/').skip(1).collect()))
        .collect();
    assert!(routes.len() > 50, "the template was not read");
    routes
}

/// Whether a pattern's last part stands for any number of them.
fn greedy(pattern: &[&str]) -> bool {
    pattern.last().is_some_and(|last| last.ends_with("+}"))
}

fn is_route(method: Option<&str>, path: &str) -> bool {
    let parts: Vec<&str> = path.split(['?', '#']).next().unwrap().split('/').skip(1).collect();
    routes().iter().any(|(known, pattern)| {
        let fits = |(part, there): (&&str, &&str)| part == there || there.starts_with('{') && !part.is_empty();
        method.is_none_or(|method| method == *known)
            && (pattern.len() == parts.len() || greedy(pattern) && pattern.len() < parts.len())
            && parts.iter().zip(pattern).all(fits)
    })
}

/// The words of a page that begin so, each up to what can be in none.
fn words<'a>(page: &'a str, begin: &str) -> BTreeSet<&'a str> {
    let ends = |c: char| c.is_whitespace() || "`\"'|,;()<>".contains(c);
    let words = page.split(ends).filter_map(|word| word.find(begin).and_then(|at| word.get(at..)));
    words.map(|word| word.trim_end_matches(['.', ':', '*', '…'])).collect()
}

/// The headers that a type cannot be without, in the mode that wants most.
fn required(kind: Kind) -> Vec<String> {
    let strict = kind == Kind::Slack;
    let (endpoint, headers, timeout) = (String::new(), Default::default(), Duration::from_secs(1));
    let faults = vendors::check(&Settings { kind, endpoint, headers, timeout, strict }, false);
    let missing = faults.iter().filter(|fault| fault.problem.starts_with("is required"));
    missing.filter_map(|fault| fault.field.strip_prefix("headers.").map(str::to_owned)).collect()
}

async fn host() -> System {
    Start::fresh().at(by_hand()).strictly().start().await
}

/// Makes what a page shows, and tries everything else on it that it shows.
async fn follow(system: &System, kind: Kind, page: &str) {
    let mut made = Value::Null;
    for Shown { method, path, mut body } in calls(page) {
        let path = path.replace("ac_…", made["id"].as_str().unwrap_or("none"));
        assert!(is_route(Some(&method), &path), "{method} {path}");
        if path == CONNECTORS {
            made = system.connector(body).await;
            assert_eq!(made["type"], kind.word());
        } else if path == format!("{CONNECTORS}/test") {
            assert_eq!(body, json!({ "id": "ac_…" }));
            // Nothing leaves the loopback: with this address a test ends before the call.
            body["id"] = made["id"].clone();
            body["endpoint"] = "nowhere".into();
            let (status, tested) = system.connectors("POST", "/test", body).await;
            assert_eq!((status, &tested["connector_type"]), (200, &json!(kind.word())), "{tested}");
        } else if path.starts_with(CONNECTORS) {
            let (status, answer) = system.call(&system.keys.admin, &method, &path, body).await;
            assert_eq!((status, &answer["id"]), (200, &made["id"]), "{answer}");
        }
    }
    assert!(made["id"].is_string(), "no connector is made by the page about {kind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connector_that_a_guide_shows_is_made_as_it_stands() {
    let system = host().await;
    for (kind, page) in PAGES {
        follow(&system, kind, page).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_policy_that_a_guide_shows_has_no_fault_and_asks_somebody() {
    let system = host().await;
    for (kind, page) in PAGES {
        let policies: Vec<String> = blocks(page, "yaml").into_iter().filter(|b| b.contains("actions:")).collect();
        assert_eq!(policies.len(), 1, "{kind:?}");
        let action = if kind == Kind::Slack { "gmail.send" } else { "deploy.prod" };
        let trial = json!({ "policy": policies[0], "action": action });
        let (status, answer) = system.call(&system.keys.admin, "POST", "/api/settings/policy/check", trial).await;
        assert_eq!((status, &answer["faults"]), (200, &json!([])), "{kind:?}");
        assert_eq!(answer["decision"]["effect"], "ask", "{kind:?}: {answer}");
        let made = calls(page).into_iter().find(|call| call.path == CONNECTORS).unwrap().body;
        let names = policies[0].contains(&format!("[\"{}\"]", made["name"].as_str().unwrap()));
        assert!(names, "{kind:?}: the policy names another connector than the page makes");
    }
}

#[test]
fn a_guide_names_every_header_of_its_type_and_no_other() {
    for (kind, page) in PAGES {
        let secret = [vendors::webhook::config::SECRET_HEADER];
        let known: BTreeSet<&str> = vendors::known_headers(kind).unwrap_or(&secret).iter().copied().collect();
        assert_eq!(words(page, "X-"), known, "{kind:?}");
        for name in required(kind) {
            assert!(known.contains(name.as_str()) && page.contains(&format!("`{name}`")), "{kind:?}: {name}");
        }
    }
    assert_eq!(required(Kind::Slack).len(), 2, "what is required is known by what the check says");
}

#[test]
fn every_path_that_a_guide_names_is_a_route() {
    for (kind, page) in PAGES {
        let paths = words(page, "/api/").into_iter().chain(words(page, "/approvals/")).chain(words(page, "/console/"));
        let paths: Vec<&str> = paths.collect();
        assert!(paths.len() > 3, "{kind:?}");
        for path in paths {
            assert!(is_route(None, path), "{kind:?}: {path}");
        }
    }
    assert!(!is_route(None, "/api/settings/approval-connector"));
}

#[test]
fn slacks_manifest_asks_for_the_scopes_of_what_is_called_and_leads_to_the_route() {
    let shown = blocks(PAGES[0].1, "yaml").into_iter().find(|block| block.contains("oauth_config"));
    assert_eq!(shown.as_deref(), Some(MANIFEST), "the page shows the file");
    let (_, scopes) = MANIFEST.split_once("    bot:\n").unwrap();
    let scopes = scopes.lines().take_while(|line| line.starts_with("      "));
    let asked: BTreeSet<&str> = scopes.filter_map(|line| line.trim().strip_prefix("- ")).collect();
    let needed: BTreeSet<&str> = METHODS.iter().flat_map(|method| method.scopes).copied().collect();
    assert_eq!(asked, needed);
    let (_, url) = MANIFEST.split_once("request_url: https://YOUR-ADDRESS").unwrap();
    assert!(is_route(Some("POST"), url.lines().next().unwrap()));
    assert!(MANIFEST.contains("interactivity:\n    is_enabled: true\n"));
}

/// Whether everything that is shown is there, of the same type.
fn is_part(shown: &Value, real: &Value) -> bool {
    match (shown, real) {
        (Value::Object(shown), Value::Object(real)) => {
            let is_there = |(key, value): (&String, &Value)| real.get(key).is_some_and(|real| is_part(value, real));
            shown.iter().all(is_there)
        }
        (Value::Array(shown), Value::Array(real)) => {
            shown.iter().all(|shown| real.iter().any(|real| is_part(shown, real)))
        }
        _ => std::mem::discriminant(shown) == std::mem::discriminant(real),
    }
}

/// The one message that a page shows.
fn message(kind: Kind) -> Value {
    let (_, page) = PAGES.iter().find(|(known, _)| *known == kind).unwrap();
    serde_json::from_str(&blocks(page, "json")[0]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_that_the_guides_show_are_what_is_posted() {
    let policy =
        "actions: { deploy.prod: { approvers: { anyOf: [\"user:jane@acme.com\"] }, delivery: { mode: all } } }";
    let system = Start::fresh().at(by_hand()).under(policy).start().await;
    let (hook, channel) = (WebhookStandin::start().await.unwrap(), TeamsStandin::start().await.unwrap());
    system.connector(webhook("hook", &hook.url(), hook.secret())).await;
    system.connector(teams("teams", &channel.url())).await;
    system.ask_and_settle("deploy.prod", json!({ "tag": "v42" })).await;
    let (shown, real) = (message(Kind::Webhook), hook.deliveries().remove(0).body);
    assert!(is_part(&shown, &real), "{shown}\n{real}");
    let (shown, real) = (message(Kind::Teams), channel.cards().remove(0).content);
    let card = shown.pointer("/attachments/0/content").unwrap();
    assert!(is_part(card, &real), "{card}\n{real}");
    let constants = |card: &Value| ["$schema", "type", "version"].map(|key| card[key].clone());
    assert_eq!(constants(card), constants(&real));
    assert_eq!(card["actions"][0]["title"], real["actions"][0]["title"]);
    let empty: Map<String, Value> = Map::new();
    assert!(!is_part(&json!({ "a": 1 }), &json!(empty)) && !is_part(&json!([1]), &json!(["1"])));
}

/// Everything that the crates say which check, call and deliver, but for their tests.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("tests") => {}
            true => sources(&path, all),
            false => all.push_str(&std::fs::read_to_string(&path).unwrap()),
        }
    }
}

#[test]
fn every_message_of_ours_that_a_guide_explains_is_one_that_is_said() {
    let mut said = String::new();
    for krate in ["shared/vendors/src", "shared/app/src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(krate), &mut said);
    }
    for (kind, page) in PAGES {
        let (_, table) = page.split_once("| message |").unwrap_or_else(|| panic!("{kind:?}: no table of messages"));
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let cells = rows.filter_map(|row| row.split(" | ").next());
        let messages: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        assert!(messages.len() >= 3, "{kind:?}");
        for message in messages {
            assert!(said.contains(message), "{kind:?}: nobody says {message:?}");
        }
    }
}
