//! What a condition is asked about.

use crate::calendar::Calendars;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// One request, at the moment of asking.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The action's name.
    pub action: &'a str,
    /// The original parameters.
    pub params: &'a Map<String, Value>,
    /// The agent's slug.
    pub agent: &'a str,
    /// The workspace's name.
    pub workspace: &'a str,
    /// Who asked, as claimed.
    pub requester: RequesterFacts<'a>,
    /// Where the request comes from.
    pub origin: OriginFacts<'a>,
    /// Why it is asked.
    pub justification: &'a str,
    /// When it was asked.
    pub now: Timestamp,
    /// The policy's calendars by name.
    pub calendars: &'a Calendars,
}

/// Who asked, as claimed.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequesterFacts<'a> {
    /// Their id at the source.
    pub id: &'a str,
    /// Where the id is known.
    pub source: &'a str,
    /// Their name.
    pub display: Option<&'a str>,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct OriginFacts<'a> {
    /// A repository.
    pub repo: &'a str,
    /// A branch.
    pub branch: Option<&'a str>,
    /// A pull request.
    pub pr: Option<&'a str>,
    /// A run of the agent.
    pub run_id: Option<&'a str>,
}
