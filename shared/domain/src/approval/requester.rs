//! What an agent says of a request beside its parameters: where it comes from, who it is asked for, and its links.

use crate::params::path::member;
use crate::shape::Given;
use crate::{Faults, Principal, spelling};
use conditions::{OriginFacts, RequesterFacts};
use serde::{Deserialize, Serialize};

/// Where requesters are known.
pub const SOURCES: [&str; 3] = ["slack", "github", "agent"];

/// Where a request comes from (`tests/contract/guard-api.yaml`, `meta.origin`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// A repository.
    pub repo: String,
    /// A branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// A pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr: Option<String>,
    /// A run of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

impl Origin {
    /// What a condition may ask about it.
    pub(crate) fn facts(&self) -> OriginFacts<'_> {
        let Self { repo, branch, pr, run_id } = self;
        OriginFacts { repo, branch: branch.as_deref(), pr: pr.as_deref(), run_id: run_id.as_deref() }
    }
}

/// Who it is asked for (`tests/contract/guard-api.yaml`, `meta.requester`): a claim, which may only ever keep somebody from approving and
/// acknowledging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// Their id at the source.
    pub id: String,
    /// `slack`, `github` or `agent`.
    pub source: String,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Requester {
    /// Reads `{id, source}`, as in a request's `meta.requester` and a re-request's `actor`, at `path`. A claim that cannot be read would
    /// exclude nobody, so it is a fault.
    pub fn read(given: Given<'_>, path: &str, faults: &Faults) -> Self {
        let source = given.word("source", &SOURCES).unwrap_or_default().to_owned();
        let mut claim = Self { id: given.text("id").unwrap_or_default(), source, display: None };
        if claim.source.is_empty() || claim.id.is_empty() {
            return claim;
        }
        match spelling::claimed(&claim.source, &claim.id).map(str::to_owned) {
            Err(problem) => faults.add(member(path, "id"), problem),
            Ok(_) if claim.principal().is_none() => {
                faults.add(member(path, "id"), "must be an id of the source, without spaces");
            }
            Ok(id) => claim.id = id,
        }
        claim
    }

    /// What a condition may ask about it.
    pub(crate) fn facts(&self) -> RequesterFacts<'_> {
        RequesterFacts { id: &self.id, source: &self.source, display: self.display.as_deref() }
    }

    /// The claimed identity. What was stored before claims were held to the vendors' ids is understood as far as it can be.
    pub fn principal(&self) -> Option<Principal> {
        let id = spelling::claimed(&self.source, &self.id).unwrap_or(&self.id);
        Principal::parse(&format!("{}:{id}", self.source)).ok()
    }
}

/// A link the agent gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is called.
    pub label: String,
    /// `http` or `https`.
    pub url: String,
}
