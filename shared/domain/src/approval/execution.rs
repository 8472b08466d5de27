//! The result of an approved action, as the agent or the webhook that executed it reports.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of an approved action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// How far it got.
    pub status: ExecutionStatus,
    /// Attempts made so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The HTTP status of the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    /// What the one who executed says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

impl Execution {
    /// Nothing is known of it yet.
    pub fn pending() -> Self {
        Self { status: ExecutionStatus::Pending, attempts: None, status_code: None, result: None }
    }
}

/// How far an execution got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Not known yet.
    Pending,
    /// Done.
    Succeeded,
    /// Given up.
    Failed,
}

impl ExecutionStatus {
    /// `pending`, `succeeded` or `failed`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}
