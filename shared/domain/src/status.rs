//! Where an approval stands.

use serde::{Deserialize, Serialize};

/// Where an approval stands. `pending` is the inbox's word for either open status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A required persona has not acknowledged.
    AwaitingPersonas,
    /// Approvers may approve.
    ReadyForApproval,
    /// Agreed to, by as many as the policy asks for.
    Approved,
    /// Refused, cancelled, or could not be delivered.
    Denied,
    /// Nobody decided in time.
    Expired,
}

impl Status {
    /// Whether it can still be decided.
    pub fn is_open(self) -> bool {
        matches!(self, Self::AwaitingPersonas | Self::ReadyForApproval)
    }

    /// The agent's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::AwaitingPersonas => "awaiting_personas",
            Self::ReadyForApproval => "ready_for_approval",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}
