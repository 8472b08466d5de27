//! The approver's face: the objects of `tests/contract/approvals-api.yaml`.

use crate::approval::history::Entry;
use crate::approval::requester::{Link, Requester};
use crate::approval::{Execution, ReasonCode, RefusedBefore};
use crate::digest::Digest;
use crate::policy::{Failed, Shadow};
use crate::{Approval, ApprovalId, Principal, Status};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// An approval in the inbox.
#[derive(Clone, Debug, Serialize)]
pub struct InboxItem {
    /// `appr_…`.
    pub approval_id: ApprovalId,
    /// The task it belongs to.
    pub task_id: Option<String>,
    /// The slug of the agent that asked.
    pub agent: String,
    /// One line.
    pub title: String,
    /// The agent's justification.
    pub description: String,
    /// `{…params, type: action}`.
    pub action: Map<String, Value>,
    /// The parameters as they may be shown.
    pub params: Map<String, Value>,
    /// The parameters that were asked for, as they may be shown, where an edit changed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_params: Option<Map<String, Value>>,
    /// `pending`, `approved` or `denied`.
    pub status: &'static str,
    /// `expired`, `cancelled`, `denied_by_human` or `delivery_failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial_reason: Option<ReasonCode>,
    /// A person's words with the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The digest of the approval as it is now. A decision must carry this digest.
    pub digest: Digest,
    /// Who it is asked for, as the agent claims.
    pub requester: Requester,
    /// Links the agent gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How many have approved what it is now.
    pub approvals: u64,
    /// How many must.
    pub required: u64,
    /// The rule that held when it was asked; none where the action's own fields did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The rule that could not be evaluated then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_rule: Option<Failed>,
    /// The shadow rules that matched then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shadow: Vec<Shadow>,
    /// Who must acknowledge, and who has.
    pub personas: Vec<Persona>,
    /// What happened, oldest first.
    pub history: Vec<Entry>,
    /// How it reached people; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<Vec<Value>>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
    /// The refused request that this one repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<ApprovalId>,
    /// The request that repeats this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<ApprovalId>,
    /// The refusal of the same request shortly before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_before: Option<RefusedBefore>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// The deadline.
    pub expires_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

/// A persona's part.
#[derive(Clone, Debug, Serialize)]
pub struct Persona {
    /// Its name.
    pub name: String,
    /// Who acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<Principal>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
}

/// The inbox's word for a status.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::AwaitingPersonas | Status::ReadyForApproval => "pending",
        Status::Approved => "approved",
        Status::Denied | Status::Expired => "denied",
    }
}

/// An approval as the inbox shows it at an instant.
pub fn inbox_item(approval: &Approval, deliveries: Option<Vec<Value>>, now: Timestamp) -> InboxItem {
    let mut action = approval.params.clone();
    action.insert("type".into(), Value::String(approval.action.clone()));
    let status = approval.status_at(now);
    InboxItem {
        approval_id: approval.id.clone(),
        task_id: approval.task_id.clone(),
        agent: approval.agent().to_owned(),
        title: approval.title.clone(),
        description: approval.justification.clone(),
        action,
        params: approval.params.clone(),
        asked_params: approval.asked_params(),
        status: word(status),
        denial_reason: approval.reason_code_at(now),
        comment: approval.reason.clone(),
        digest: approval.digest.clone(),
        requester: approval.requester.clone(),
        links: approval.links.clone(),
        approvals: approval.approvals(),
        required: approval.required,
        rule: approval.rule.clone(),
        failed_rule: approval.failed.clone(),
        shadow: approval.shadow.clone(),
        personas: approval.personas.iter().map(|name| persona(approval, name)).collect(),
        history: approval.history.clone(),
        deliveries,
        execution: approval.execution.clone(),
        supersedes: approval.lineage.as_ref().map(|l| l.parent.clone()),
        superseded_by: approval.superseded_by.clone(),
        refused_before: approval.refused_before.clone(),
        created_at: approval.created_at,
        expires_at: approval.expires_at,
        resolved_at: approval.decided_at_or_deadline(now),
    }
}

fn persona(approval: &Approval, name: &str) -> Persona {
    let ack = approval.acks.iter().find(|a| a.persona == name);
    Persona { name: name.into(), acknowledged_by: ack.map(|a| a.by.clone()), acknowledged_at: ack.map(|a| a.at) }
}

/// The answer to a decision. While a quorum is not full there is no `resolved_at`.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveAnswer {
    /// `appr_…`.
    pub approval_id: ApprovalId,
    /// What was decided by the caller.
    pub decision: &'static str,
    /// `pending` while more must agree, else `approved` or `denied`.
    pub status: &'static str,
    /// How many have approved what it is now.
    pub approvals: u64,
    /// How many must.
    pub required: u64,
    /// Whose approval would count beside those that are there, while more must agree: one identity a person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting_for: Vec<Principal>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

/// The answer to a person who decided.
pub fn resolve_answer(
    approval: &Approval,
    decision: &'static str,
    waiting_for: Vec<Principal>,
    now: Timestamp,
) -> ResolveAnswer {
    ResolveAnswer {
        approval_id: approval.id.clone(),
        decision,
        status: word(approval.status_at(now)),
        approvals: approval.approvals(),
        required: approval.required,
        waiting_for,
        resolved_at: approval.decided_at_or_deadline(now),
    }
}
