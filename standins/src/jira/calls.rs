//! The calls of REST API v3, each as the stand-in does it.

use super::super::vendor::{Reply, Taken};
use super::documents::{check, stored};
use super::site::{ACCOUNT, API_TOKEN, EMAIL, Issue, Jira, PROJECT, change_id};
use data_encoding::BASE64;
use serde_json::{Value, json};

/// Does one call.
pub(super) fn call(jira: &mut Jira, call: &Taken) -> Reply {
    let basic = format!("Basic {}", BASE64.encode(format!("{EMAIL}:{API_TOKEN}").as_bytes()));
    if call.header("authorization") != basic {
        return Reply::new(401, json!({ "errorMessages": ["Client must be authenticated to access this resource."] }));
    }
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    let parts: Vec<&str> = path.trim_start_matches("/rest/api/3/").split('/').collect();
    let body = call.json().unwrap_or_default();
    if call.method != "GET" && !(body.is_object() && call.header("content-type").starts_with("application/json")) {
        return fault(400, "There was an error parsing JSON. Check that your request body is valid.");
    }
    match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["myself"]) => Reply::new(200, json!({ "accountId": ACCOUNT, "emailAddress": EMAIL, "active": true })),
        ("GET", ["project", PROJECT]) => {
            Reply::new(200, json!({ "id": "10000", "key": PROJECT, "name": "Operations" }))
        }
        ("GET", ["project", key]) => fault(404, &format!("No project could be found with key '{key}'.")),
        ("POST", ["search", "jql"]) => search(jira, &body),
        ("POST", ["issue"]) => create(jira, &body),
        (method, ["issue", key, rest @ ..]) => match jira.issues.iter().position(|i| i.key == *key) {
            Some(at) => about(jira, at, method, rest, query, &body),
            None => fault(404, "Issue does not exist or you do not have permission to see it."),
        },
        _ => fault(404, "null for uri"),
    }
}

fn about(jira: &mut Jira, at: usize, method: &str, rest: &[&str], query: &str, body: &Value) -> Reply {
    let (transitions, demanding, locked) = (jira.transitions.clone(), jira.demanding, jira.locked.clone());
    let Some(issue) = jira.issues.get_mut(at) else {
        return fault(404, "Issue does not exist or you do not have permission to see it.");
    };
    match (method, rest) {
        ("GET", []) => read(issue, query),
        ("PUT", []) if locked.as_deref() == Some(issue.status()) => {
            fault(400, "The issue is not in an editable workflow state.")
        }
        ("PUT", []) => edit(issue, body),
        ("GET", ["transitions"]) => Reply::new(200, json!({ "transitions": offered(issue, &transitions) })),
        ("POST", ["transitions"]) if demanding => field_fault("customfield_10050", "Reason is required."),
        ("POST", ["transitions"]) => transition(issue, &transitions, body),
        ("GET", ["comment"]) => comments(issue),
        ("POST", ["comment"]) => comment(issue, body),
        _ => fault(405, "Method Not Allowed"),
    }
}

fn fault(status: u16, message: &str) -> Reply {
    Reply::new(status, json!({ "errorMessages": [message], "errors": {} }))
}

fn field_fault(field: &str, message: &str) -> Reply {
    Reply::new(400, json!({ "errorMessages": [], "errors": { field: message } }))
}

/// The labels that the query asks for; it must ask for the project and our own account too, and be bounded.
fn search(jira: &Jira, body: &Value) -> Reply {
    let jql = body.get("jql").and_then(Value::as_str).unwrap_or_default();
    if !jql.starts_with(&format!("project = \"{PROJECT}\"")) || body.get("maxResults").is_none() {
        return fault(
            400,
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        );
    }
    let wanted: Vec<&str> = jql.split("labels = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let ours = jql.contains("creator = currentUser()");
    let found = jira.issues.iter().filter(|i| i.indexed && (!ours || i.creator == ACCOUNT));
    let found = found.filter(|i| wanted.iter().all(|w| i.labels.iter().any(|l| l == w)));
    let issues: Vec<Value> =
        found.map(|i| json!({ "id": "10002", "key": i.key, "fields": { "labels": i.labels } })).collect();
    Reply::new(200, json!({ "issues": issues, "isLast": true }))
}

fn create(jira: &mut Jira, body: &Value) -> Reply {
    let field = |place: &str| body.pointer(&format!("/fields/{place}"));
    if field("project/key") != Some(&json!(PROJECT)) {
        return field_fault("project", "valid project is required");
    }
    if field("issuetype/name") != Some(&json!("Task")) {
        return field_fault("issuetype", "Specify a valid issue type");
    }
    let mut issue = Issue {
        key: format!("{PROJECT}-{}", jira.issues.len() + 1),
        statuses: vec!["To Do".into()],
        creator: ACCOUNT.into(),
        indexed: jira.indexes,
        ..Issue::default()
    };
    if field("summary").is_none() || field("description").is_none() {
        return field_fault("summary", "You must specify a summary of the issue.");
    }
    let labels = field("labels").and_then(Value::as_array).cloned().unwrap_or_default();
    issue.labels = labels.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let taken = write(&mut issue, body);
    let Reply { status: 204, .. } = taken else {
        return taken;
    };
    jira.issues.push(issue.clone());
    Reply::new(
        201,
        json!({ "id": "10002", "key": issue.key, "self": "https://acme.atlassian.net/rest/api/3/issue/10002" }),
    )
}

/// Summary, description and labels, where they are given.
fn write(issue: &mut Issue, body: &Value) -> Reply {
    if let Some(summary) = body.pointer("/fields/summary").and_then(Value::as_str) {
        if summary.encode_utf16().count() > 255 {
            return field_fault("summary", "Summary can't exceed 255 characters.");
        }
        if summary.trim().is_empty() || summary.contains(['\n', '\r']) {
            return field_fault("summary", "The summary is invalid because it contains newline characters.");
        }
        issue.summary = summary.to_owned();
    }
    if issue.labels.iter().any(|l| l.contains(' ') || l.len() > 255) {
        return field_fault("labels", "The label contains spaces which is invalid.");
    }
    if let Some(description) = body.pointer("/fields/description") {
        if let Err(message) = check(description) {
            return field_fault("description", message);
        }
        issue.descriptions.push(stored(description));
        // What it was made with is no change.
        if issue.descriptions.len() > 1 {
            issue.changes.push("description");
        }
    }
    Reply::new(204, Value::Null)
}

fn edit(issue: &mut Issue, body: &Value) -> Reply {
    let added = body.pointer("/update/labels").and_then(Value::as_array).cloned().unwrap_or_default();
    for label in added.iter().filter_map(|a| a.get("add")?.as_str()) {
        if !issue.labels.iter().any(|l| l == label) {
            issue.labels.push(label.to_owned());
        }
    }
    write(issue, body)
}

fn read(issue: &Issue, query: &str) -> Reply {
    let all = json!({
        "status": { "name": issue.status() }, "labels": issue.labels, "description": issue.descriptions.last(),
        "summary": issue.summary, "creator": { "accountId": issue.creator },
    });
    let asked = query.split('&').find_map(|q| q.strip_prefix("fields=")).unwrap_or_default();
    let mut fields = all.as_object().cloned().unwrap_or_default();
    fields.retain(|name, _| asked.split(',').any(|a| a == name));
    let mut read = json!({ "id": "10002", "key": issue.key, "fields": fields });
    if query.split('&').any(|q| q == "expand=changelog") {
        read["changelog"] = json!({ "histories": histories(issue), "startAt": 0, "maxResults": 40 });
    }
    Reply::new(200, read)
}

/// The newest changes first.
fn histories(issue: &Issue) -> Vec<Value> {
    let numbered = issue.changes.iter().enumerate();
    numbered.map(|(n, field)| json!({ "id": change_id(n + 1), "items": [{ "field": field }] })).rev().take(40).collect()
}

fn offered(issue: &Issue, transitions: &[(String, String)]) -> Vec<Value> {
    let all = transitions.iter().enumerate().filter(|(_, (_, to))| to != issue.status());
    all.map(|(i, (name, to))| json!({ "id": i.to_string(), "name": name, "to": { "name": to }, "hasScreen": false }))
        .collect()
}

fn transition(issue: &mut Issue, transitions: &[(String, String)], body: &Value) -> Reply {
    let asked = body.pointer("/transition/id").and_then(Value::as_str).unwrap_or_default();
    let good = offered(issue, transitions).into_iter().find(|t| t.get("id").is_some_and(|id| id == asked));
    match good.as_ref().and_then(|t| t.pointer("/to/name")?.as_str()) {
        Some(to) => {
            issue.statuses.push(to.to_owned());
            issue.changes.push("status");
            Reply::new(204, Value::Null)
        }
        None => fault(
            400,
            "It seems that you have tried to perform a workflow operation that is not valid for the current state.",
        ),
    }
}

fn comments(issue: &Issue) -> Reply {
    let all: Vec<Value> = issue
        .comments
        .iter()
        .rev()
        .map(|(who, body)| json!({ "author": { "accountId": who }, "body": body }))
        .collect();
    Reply::new(200, json!({ "comments": all, "maxResults": 100, "startAt": 0, "total": all.len() }))
}

fn comment(issue: &mut Issue, body: &Value) -> Reply {
    let document = body.get("body").unwrap_or(&Value::Null);
    match check(document) {
        Ok(()) => {
            issue.comments.push((ACCOUNT.into(), stored(document)));
            Reply::new(201, json!({ "id": "10000" }))
        }
        Err(message) => field_fault("comment", message),
    }
}
