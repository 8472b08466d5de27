//! Jira Cloud, as strict as it is: a site with one project whose issues it keeps with every version, comment and move, and the signed
//! webhooks that it posts when people move them.
mod calls;
pub mod documents;
mod site;

use super::vendor::{Reply, Signed, Speaks, Taken, Vendor, hmac};
use serde_json::json;

use site::change_id;

pub use site::{ACCOUNT, API_TOKEN, EMAIL, Issue, Jira, PROJECT};

/// The webhook's secret.
pub const WEBHOOK_SECRET: &str = "j1raS3cretOfTheWebhook";

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
