//! The approval: one aggregate with its votes and history, stored as one item and changed by commands alone.

pub(crate) mod asked;
pub(crate) mod asked_params;
pub(crate) mod execution;
pub mod history;
mod let_through;
pub(crate) mod refused_before;
pub mod request;
pub mod requester;
pub mod shapes;
pub mod title;

pub use crate::approval::asked::Asked;
pub use crate::approval::execution::{Execution, ExecutionStatus};
pub use crate::approval::refused_before::RefusedBefore;
pub use crate::status::Status;

use crate::approval::history::{Entry, Event};
use crate::approval::requester::{Link, Origin, Requester};
use crate::digest::Digest;
use crate::policy::Limits;
use crate::policy::{Failed, Shadow};
use crate::{ApprovalId, Principal, Traceparent, Workspace};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Why an approval ended without an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// Somebody refused.
    DeniedByHuman,
    /// Time ran out.
    Expired,
    /// The agent, an admin or the token's holder cancelled the request.
    Cancelled,
    /// It could not reach anybody.
    DeliveryFailed,
}

/// One person's agreement to what the approval is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// A member of another Slack team than the one they clicked in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

/// One persona's acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The persona's name.
    pub persona: String,
    /// Who acknowledged in its name.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// A member of another Slack team than the one they clicked in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

/// Who executes an approved action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Executes {
    /// The agent, with the parameters in its wait answer.
    #[default]
    Agent,
    /// Countersign, through the policy's `onApproved` webhook.
    Gate,
}

/// Where an approval came from, when it is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The first approval of the line.
    pub root: ApprovalId,
    /// The one that was refused.
    pub parent: ApprovalId,
    /// Who asked again, as they were authenticated; of an older approval, as the agent claimed. They do not approve.
    pub by: Principal,
    /// On whose behalf it was asked again, as the agent claims: they do not approve either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Principal>,
    /// The owner of the key that asked again, who does not approve either: it need not be the key that asked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
}

/// One request for a decision, from its asking to its end. Times are to the millisecond.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// `appr_…`.
    pub id: ApprovalId,
    /// Whose it is.
    pub workspace: Workspace,
    /// Counts up with every change, by one for each history entry it adds; every change is conditional on it.
    pub version: u64,
    /// As stored; read it through [`Approval::status_at`], which knows the deadline.
    pub status: Status,
    /// The action's name.
    pub action: String,
    /// The parameters as everybody may see them.
    pub params: Map<String, Value>,
    /// The redacted values, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// What was asked for, where an edit changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// A decision must carry this digest.
    pub digest: Digest,
    /// One line for people.
    pub title: String,
    /// Why it is asked.
    pub justification: String,
    /// Who it is asked for: a claim of the agent.
    pub requester: Requester,
    /// Where it comes from.
    pub origin: Origin,
    /// The task it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// Links the agent gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The calling key's subject.
    pub asked_by: Principal,
    /// The calling key's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
    /// SHA-256 of the policy it was asked under.
    pub policy: String,
    /// Distinct people who must approve.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub required: u64,
    /// The quorum it was asked with, once an escalation has raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_first: Option<u64>,
    /// Personas that must acknowledge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personas: Vec<String>,
    /// The personas it was asked with, once a policy in force has required others beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personas_first: Option<Vec<String>>,
    /// Acknowledgements of what it is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acks: Vec<Ack>,
    /// Agreements to what it is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// The deadline: from this instant on it is expired.
    pub expires_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Why it ended without an agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<ReasonCode>,
    /// In a person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A Slack channel other than the workspace's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whether it was escalated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// The request that was refused before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
    /// The request that asks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ApprovalId>,
    /// The refusal of the same request, where there was one shortly before this was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_before: Option<RefusedBefore>,
    /// Who executes it.
    #[serde(default, skip_serializing_if = "is_agent")]
    pub executes: Executes,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
    /// A keyed fingerprint of the report on the execution as it came, where hidden values were taken out of it: the same report again
    /// is known by it, and the values stay sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<String>,
    /// The rule that held when it was asked; none where the action's own fields did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A rule that could not be evaluated then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    /// The shadow rules that matched then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadow: Vec<Shadow>,
    /// An address that gets the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
    /// The trace it was asked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Traceparent>,
    /// The root secret the wait token and the nonce were made under.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub token_number: u32,
    /// The wait token's hash.
    pub token_hash: String,
    /// A keyed fingerprint of the request's body, for idempotency.
    pub fingerprint: String,
    /// Days it is kept after its end.
    #[serde(default = "usual_retention", skip_serializing_if = "is_usual_retention")]
    pub retention_days: u64,
    /// What happened, oldest first; at most [`crate::approval::history::MOST_ENTRIES`].
    pub history: Vec<Entry>,
}

// What most approvals have is left out of the stored document: an item of up to 1 KB costs one write unit.
fn one<T: From<u8>>() -> T {
    T::from(1)
}

fn is_one<T: From<u8> + PartialEq>(n: &T) -> bool {
    *n == one()
}

fn usual_retention() -> u64 {
    Limits::default().retention_days
}

fn is_usual_retention(days: &u64) -> bool {
    *days == usual_retention()
}

fn is_agent(e: &Executes) -> bool {
    *e == Executes::Agent
}

impl Approval {
    /// The status at an instant: an open approval is expired from its deadline on, whether or not anybody wrote that down.
    pub fn status_at(&self, now: Timestamp) -> Status {
        if self.status.is_open() && now >= self.expires_at { Status::Expired } else { self.status }
    }

    /// Why it ended, at an instant.
    pub fn reason_code_at(&self, now: Timestamp) -> Option<ReasonCode> {
        if self.status_at(now) == Status::Expired { Some(ReasonCode::Expired) } else { self.reason_code }
    }

    /// When it ended, at an instant.
    pub fn decided_at_or_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.decided_at.or((self.status_at(now) == Status::Expired).then_some(self.expires_at))
    }

    /// The required personas that have not acknowledged what it is now.
    pub fn missing_personas(&self) -> Vec<&String> {
        self.personas.iter().filter(|p| self.acks.iter().all(|a| a.persona != **p)).collect()
    }

    /// The personas it was asked with.
    pub fn personas_at_first(&self) -> &[String] {
        self.personas_first.as_ref().unwrap_or(&self.personas)
    }

    /// How long it is kept after its end.
    pub fn retention(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * self.retention_days as i64)
    }

    /// The agent's slug: the calling key's subject without its kind.
    pub fn agent(&self) -> &str {
        self.asked_by.name()
    }

    /// Who refused it, and when; none where it is open, or ended otherwise: only a person's refusal is one.
    pub fn refusal(&self) -> Option<RefusedBefore> {
        let refused = self.status == Status::Denied && self.reason_code == Some(ReasonCode::DeniedByHuman);
        let by = self.history.iter().rev().find(|entry| entry.event == Event::Denied)?.by.clone()?;
        let at = self.decided_at.filter(|_| refused)?;
        Some(RefusedBefore { approval_id: self.id.clone(), by, at })
    }

    /// The digest it was asked with, before any edit.
    pub fn first_digest(&self) -> &Digest {
        self.history.first().and_then(|e| e.digest.as_ref()).unwrap_or(&self.digest)
    }
}
