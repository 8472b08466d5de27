//! What can be asked of an approval.

use crate::apply::authority::Law;
use crate::approval::Execution;
use crate::digest::Digest;
use crate::{ApprovalId, Principal};
use serde_json::{Map, Value};

/// A command, with the authority it is given under. Asking itself is [`crate::request::request`].
#[derive(Clone, Debug)]
pub enum Command<'a> {
    /// Acknowledge, in the name of personas.
    Acknowledge {
        /// Who and under what law.
        decision: Decision<'a>,
        /// The personas' names.
        personas: Vec<String>,
    },
    /// Approve what was seen, or an edit of it.
    Approve {
        /// Who and under what law.
        decision: Decision<'a>,
        /// The edited parameters, ready to be stored.
        edit: Option<Edit>,
    },
    /// Refuse.
    Deny {
        /// Who and under what law.
        decision: Decision<'a>,
    },
    /// Require the personas that the policy in force requires beside those it was asked with.
    Adopt {
        /// The policies.
        law: Law<'a>,
    },
    /// Take the request back.
    Cancel {
        /// The agent that asked, by its key or its wait token, or an admin; none where nobody says.
        by: Option<Principal>,
        /// In their words.
        reason: Option<String>,
    },
    /// The deadline has come.
    Expire,
    /// The deadline is near: raise the quorum and ask more people.
    Escalate {
        /// The raised quorum; it never lowers one.
        required: Option<u64>,
        /// What changes, in words.
        note: Option<String>,
    },
    /// Ask again after a refusal: what becomes of the refused request.
    Supersede {
        /// Who asks again, as they were authenticated.
        by: Principal,
        /// On whose behalf, as the agent claims.
        claimed: Option<Principal>,
        /// The request that asks again.
        child: ApprovalId,
        /// Whether the policy in force lets it be asked again.
        allowed: bool,
        /// Seconds it must have rested.
        cooldown_sec: u64,
    },
    /// No connector could carry it, and it may not wait in the console.
    FailDelivery {
        /// What was tried.
        reason: String,
    },
    /// The outcome of the execution.
    ReportExecution {
        /// Who reports: the agent that asked, or none for the gate itself.
        by: Option<Principal>,
        /// The outcome.
        outcome: Execution,
        /// A keyed fingerprint of the report as it came, where hidden values were taken out of it.
        fingerprint: Option<String>,
    },
}

/// Who decides, what they saw, and under what law.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The authenticated actor.
    pub by: Principal,
    /// The digest of what the person saw, if the interface carries one.
    pub seen: Option<Digest>,
    /// In their words.
    pub comment: Option<String>,
    /// The policies.
    pub law: Law<'a>,
}

/// Edited parameters: checked by [`crate::apply::edit`], redacted, sealed and digested.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// As they may be shown.
    pub view: Map<String, Value>,
    /// The redacted values, sealed.
    pub sealed: Option<String>,
    /// Over the original values.
    pub digest: Digest,
    /// One line for people, of what they may be shown.
    pub title: String,
    /// The keys that changed.
    pub keys: Vec<String>,
}
