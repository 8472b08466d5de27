//! What a caller may do.

use serde::{Deserialize, Serialize};

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Asks.
    Agent,
    /// Sees the inbox, and decides where the policy names the caller.
    Approver,
    /// Sees everything.
    Auditor,
    /// Sees everything and changes settings.
    Admin,
}

impl Role {
    /// The role of a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "agent" => Some(Self::Agent),
            "approver" => Some(Self::Approver),
            "auditor" => Some(Self::Auditor),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}
