//! Connectors by name and kind: what a policy and the table know of them. The crate `vendors` calls them.

use serde::{Deserialize, Serialize};

/// Whose API a connector speaks (`tests/contract/connectors-api.yaml`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An HTTPS endpoint of one's own (Standard Webhooks).
    #[default]
    Webhook,
    /// A Slack channel.
    Slack,
    /// A Microsoft Teams workflow.
    Teams,
    /// A Jira Cloud project.
    Jira,
    /// A PagerDuty service.
    Pagerduty,
}

impl Kind {
    /// Every kind by its word.
    pub const ALL: &[(&str, Self)] = &[
        ("webhook", Self::Webhook),
        ("slack", Self::Slack),
        ("teams", Self::Teams),
        ("jira", Self::Jira),
        ("pagerduty", Self::Pagerduty),
    ];

    /// The contract's word for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// In which order connectors are tried (`tests/contract/connectors-api.yaml`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One after the other, until one has taken it.
    #[default]
    FirstSuccess,
    /// Each on its own.
    All,
}
