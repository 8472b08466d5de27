//! Jira Cloud, as strict as it is: a site with one project whose issues it keeps with every version, comment and move, and the signed
//! webhooks that it posts when people move them.
mod calls;
pub mod documents;

use super::vendor::{Reply, Signed, Speaks, Taken, Vendor, hmac};
use serde_json::{Value, json};

/// The account that the connector has.
pub const EMAIL: &str = "gate@acme.com";
/// Its token.
pub const API_TOKEN: &str = "ATATT3xFfGF0standin=0123ABCD";
/// Its id.
pub const ACCOUNT: &str = "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077";
/// The project.
pub const PROJECT: &str = "OPS";
/// The webhook's secret.
pub const WEBHOOK_SECRET: &str = "j1raS3cretOfTheWebhook";

/// One issue.
#[derive(Clone, Debug, Default)]
pub struct Issue {
    /// `OPS-7`.
    pub key: String,
    /// Its line.
    pub summary: String,
    /// Every description, oldest first.
    pub descriptions: Vec<Value>,
    /// Its labels.
    pub labels: Vec<String>,
    /// Every status it was in, oldest first.
    pub statuses: Vec<String>,
    /// Comments: who, and the document.
    pub comments: Vec<(String, Value)>,
    /// The fields that each change touched, oldest first.
    pub changes: Vec<&'static str>,
    /// Who made it.
    pub creator: String,
    /// Whether the search has it yet.
    pub indexed: bool,
}

impl Issue {
    /// The status it is in.
    pub fn status(&self) -> &str {
        self.statuses.last().map_or("", String::as_str)
    }

    /// Everything there is to read in its description now, one block a line.
    pub fn reads(&self) -> String {
        self.descriptions.last().map(documents::reads).unwrap_or_default()
    }

    /// Everything there is to read in its comments.
    pub fn said(&self) -> Vec<String> {
        self.comments.iter().map(|(_, body)| documents::reads(body)).collect()
    }
}

/// What a site has.
pub struct Jira {
    /// Oldest first.
    pub issues: Vec<Issue>,
    /// The project's transitions: name, and the status it leads to. From any status there are all but the one to itself.
    pub transitions: Vec<(String, String)>,
    /// Whether a transition asks for a field that we do not know.
    pub demanding: bool,
    /// A status in which nothing can be edited.
    pub locked: Option<String>,
    /// Whether a new issue is found at once.
    pub indexes: bool,
    webhooks: u64,
}

impl Default for Jira {
    fn default() -> Self {
        let all = [("Approve", "Approved"), ("Deny", "Denied"), ("Reopen", "To Do"), ("Start", "In Progress")];
        let transitions = all.map(|(name, to)| (name.to_owned(), to.to_owned())).to_vec();
        Self { issues: Vec::new(), transitions, demanding: false, locked: None, indexes: true, webhooks: 0 }
    }
}

/// The server.
pub type JiraStandin = Vendor<Jira>;

impl Speaks for Jira {
    fn answer(&mut self, call: &Taken) -> Reply {
        calls::call(self, call)
    }
}

impl JiraStandin {
    /// What the connector's endpoint is set to.
    pub fn url(&self) -> String {
        self.origin().to_owned()
    }

    /// All issues.
    pub fn issues(&self) -> Vec<Issue> {
        self.with(|j| j.issues.clone())
    }

    /// The issue of a key.
    pub fn issue(&self, key: &str) -> Option<Issue> {
        self.issues().into_iter().find(|i| i.key == key)
    }

    /// Somebody deletes an issue; its key is not given to another.
    pub fn delete(&self, key: &str) {
        self.with(|jira| {
            let found = jira.issues.iter_mut().filter(|issue| issue.key == key);
            found.for_each(|issue| (issue.key, issue.indexed) = (String::new(), false));
        });
    }

    /// Somebody moves an issue on the board, at a time: the webhook that the site posts of it. None where there is no such issue.
    pub fn moves(&self, key: &str, to: &str, account: &str, at_ms: i64) -> Option<Signed> {
        self.with(|jira| {
            let issue = jira.issues.iter_mut().find(|i| i.key == key)?;
            let from = issue.status().to_owned();
            issue.statuses.push(to.to_owned());
            issue.changes.push("status");
            jira.webhooks += 1;
            let item = json!({
                "field": "status", "fieldtype": "jira", "fieldId": "status", "from": "10000", "fromString": from, "to": "10001",
                "toString": to,
            });
            let body = json!({
                "timestamp": at_ms, "webhookEvent": "jira:issue_updated", "issue_event_type_name": "issue_generic",
                "user": { "accountId": account, "accountType": "atlassian", "active": true, "displayName": "Jane" },
                "issue": { "id": "10002", "key": issue.key, "fields": { "labels": issue.labels, "summary": issue.summary } },
                "changelog": { "id": change_id(issue.changes.len()), "items": [item] },
            });
            Some(signed(body.to_string(), jira.webhooks))
        })
    }
}

/// The id of an issue's n-th change.
fn change_id(n: usize) -> String {
    (10_100 + n).to_string()
}

/// Any body, signed as the site does.
pub fn signed(body: String, number: u64) -> Signed {
    let headers = [
        ("content-type", "application/json; charset=UTF-8".to_owned()),
        ("x-hub-signature", format!("sha256={}", hmac(WEBHOOK_SECRET, &body))),
        ("x-atlassian-webhook-identifier", format!("webhook-{number}")),
        ("x-atlassian-webhook-flow", "Primary".to_owned()),
    ];
    Signed { body, headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec() }
}
