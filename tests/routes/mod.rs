//! Every route, by its URL.

pub mod approvals;
mod callbacks;
pub mod console;
mod errors;
pub mod guard;
mod healthz;
pub mod openapi;
mod queries;
pub mod settings;
pub mod tokens;
mod websocket;

use crate::harness::{Start, System};
use app::settings::manage_keys::{NewKey, create_key};
use app::{Caller, Clock};
use domain::Workspace;
use serde_json::{Value, json};

/// When tests with a clock of their own begin: the moment of the contract's example.
const NOON: &str = "2026-04-21T10:05:00Z";

fn clock() -> Clock {
    Clock::manual(NOON.parse().unwrap())
}

/// A host at [`NOON`], whose time moves only when a test moves it.
async fn at_noon() -> System {
    Start::fresh().at(clock()).start().await
}

/// A body to the byte, as one content type; the status, the headers and the text that came back.
async fn send(
    system: &System,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> (u16, reqwest::header::HeaderMap, String) {
    let mut request = system.request(method, path).body(body.into());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone(), answer.text().await.unwrap())
}

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

fn header(headers: &reqwest::header::HeaderMap, name: &str) -> String {
    headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// Everything that is in the table, in an order of its own: two of these are equal where nothing was written between them.
pub async fn everything(system: &System) -> Vec<String> {
    let (_, tables) = system.engine.execute("ListTables", b"{}".to_vec()).await;
    let tables: Value = serde_json::from_slice(&tables).unwrap();
    let mut items = Vec::new();
    let mut from = Value::Null;
    loop {
        let mut scan = json!({ "TableName": tables["TableNames"][0], "ConsistentRead": true });
        if !from.is_null() {
            scan["ExclusiveStartKey"] = from;
        }
        let (status, page) = system.engine.execute("Scan", scan.to_string().into_bytes()).await;
        let page: Value = serde_json::from_slice(&page).unwrap();
        assert_eq!(status, 200, "{page}");
        items.extend(page["Items"].as_array().unwrap().iter().map(Value::to_string));
        from = page["LastEvaluatedKey"].clone();
        if from.is_null() {
            items.sort();
            return items;
        }
    }
}

/// How many approvals the table has.
async fn approvals(system: &System) -> usize {
    everything(system).await.iter().filter(|item| item.contains(r#""sk":{"S":"APPROVAL"}"#)).count()
}

/// A key in another workspace than `default`, where it is the first.
pub async fn key_in(system: &System, workspace: &str, subject: &str, roles: &[&str]) -> String {
    let workspace = Workspace::parse(workspace).unwrap();
    let first = Caller { workspace, subject: None, owner: None, roles: Vec::new() };
    let new = json!({ "name": subject, "subject": subject, "roles": roles });
    let new = NewKey::read(&new, system.clock.now()).unwrap();
    create_key(&system.gate, &first, new).await.unwrap().1
}

/// What is random or derived from it, masked: ids, tokens, keys, digests, nonces.
fn mask(value: &Value) -> Value {
    const PREFIXES: [&str; 7] = ["ac_", "aca_", "appr_", "cwt_", "csk_", "key_", "sha256:"];
    match value {
        Value::String(text) => match PREFIXES.iter().find(|p| text.starts_with(**p)) {
            Some(prefix) => format!("{prefix}…").into(),
            None if text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit()) => "(nonce)".into(),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(mask).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), mask(v))).collect::<serde_json::Map<_, _>>().into(),
        other => other.clone(),
    }
}

/// The status and code of an answer, checked to be an error as the contract spells it.
fn refused((status, answer): (u16, Value)) -> (u16, String) {
    assert!(answer["error"].as_str().is_some_and(|e| e.ends_with('.') || e.ends_with('?')), "{answer}");
    (status, answer["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned())
}

fn error(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
