//! The site: one project with its issues, and the account that the connector has there.

use super::documents;
use serde_json::Value;

/// The account that the connector has.
pub const EMAIL: &str = "gate@acme.com";
/// Its token.
pub const API_TOKEN: &str = "ATATT3xFfGF0standin=0123ABCD";
/// Its id.
pub const ACCOUNT: &str = "557058:f58131cb-b67d-43c7-b30d-6b58d40bd077";
/// The project.
pub const PROJECT: &str = "OPS";
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
    pub(super) webhooks: u64,
}

impl Default for Jira {
    fn default() -> Self {
        let all = [("Approve", "Approved"), ("Deny", "Denied"), ("Reopen", "To Do"), ("Start", "In Progress")];
        let transitions = all.map(|(name, to)| (name.to_owned(), to.to_owned())).to_vec();
        Self { issues: Vec::new(), transitions, demanding: false, locked: None, indexes: true, webhooks: 0 }
    }
}

/// The id of an issue's n-th change.
pub(super) fn change_id(n: usize) -> String {
    (10_100 + n).to_string()
}
