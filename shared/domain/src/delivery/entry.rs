//! What is remembered of a delivery: its last attempts, and what else happened to it.

use crate::Timestamp;
use crate::id::{ApprovalId, spell};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What happened (`tests/contract/connectors-api.yaml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the words")]
pub enum What {
    DispatchSucceeded,
    DispatchFailed,
    DispatchSkipped,
    UpdateSucceeded,
    UpdateFailed,
    FallbackToUi,
    ConnectorDisabled,
    ExecutionSucceeded,
    ExecutionFailed,
    CallbackSucceeded,
    CallbackFailed,
    DecisionReceived,
}

/// What an attempt was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// A card is posted.
    Post,
    /// A card is updated.
    Update,
    /// The gate executes.
    Execute,
    /// Somebody who sleeps is woken.
    CallBack,
}

impl What {
    /// An attempt, and whether the vendor took it.
    pub fn of(attempt: Try, taken: bool) -> Self {
        match (attempt, taken) {
            (Try::Post, true) => Self::DispatchSucceeded,
            (Try::Post, false) => Self::DispatchFailed,
            (Try::Update, true) => Self::UpdateSucceeded,
            (Try::Update, false) => Self::UpdateFailed,
            (Try::Execute, true) => Self::ExecutionSucceeded,
            (Try::Execute, false) => Self::ExecutionFailed,
            (Try::CallBack, true) => Self::CallbackSucceeded,
            (Try::CallBack, false) => Self::CallbackFailed,
        }
    }

    /// The contract's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::DispatchSucceeded => "dispatch_succeeded",
            Self::DispatchFailed => "dispatch_failed",
            Self::DispatchSkipped => "dispatch_skipped",
            Self::UpdateSucceeded => "update_succeeded",
            Self::UpdateFailed => "update_failed",
            Self::FallbackToUi => "fallback_to_ui",
            Self::ConnectorDisabled => "connector_disabled",
            Self::ExecutionSucceeded => "execution_succeeded",
            Self::ExecutionFailed => "execution_failed",
            Self::CallbackSucceeded => "callback_succeeded",
            Self::CallbackFailed => "callback_failed",
            Self::DecisionReceived => "decision_received",
        }
    }

    /// Whether a vendor took an attempt; none where it was no attempt.
    pub fn taken(self) -> Option<bool> {
        match self {
            Self::DispatchSucceeded | Self::UpdateSucceeded | Self::ExecutionSucceeded | Self::CallbackSucceeded => {
                Some(true)
            }
            Self::DispatchFailed | Self::UpdateFailed | Self::ExecutionFailed | Self::CallbackFailed => Some(false),
            Self::DispatchSkipped | Self::FallbackToUi | Self::ConnectorDisabled | Self::DecisionReceived => None,
        }
    }
}

/// One attempt to reach a vendor, or what else happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What.
    pub event: What,
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The vendor's HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    /// What the vendor said, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Entry {
    /// Something that is no call, and why it happened.
    pub fn of(event: What, at: Timestamp, why: &str) -> Self {
        Self { event, at, duration_ms: 0, status_code: None, message: Some(why.to_owned()) }
    }

    /// `aca_…`: always the same for the same entry of the same delivery.
    pub fn id(&self, approval: &ApprovalId, connector: &str) -> String {
        let hash: [u8; 32] =
            Sha256::digest(format!("{approval}\n{connector}\n{}\n{}", self.at, self.event.word())).into();
        let (half, _) = hash.split_at(16);
        format!("aca_{}", spell(half.try_into().unwrap_or_default()))
    }
}
