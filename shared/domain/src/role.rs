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

const ROLES: [(&str, Role); 4] =
    [("agent", Role::Agent), ("approver", Role::Approver), ("auditor", Role::Auditor), ("admin", Role::Admin)];

impl Role {
    /// The role of a word.
    pub fn parse(word: &str) -> Option<Self> {
        ROLES.into_iter().find(|(known, _)| *known == word).map(|(_, role)| role)
    }

    /// All words.
    pub const fn words() -> [&'static str; 4] {
        let [a, b, c, d] = ROLES;
        [a.0, b.0, c.0, d.0]
    }
}
