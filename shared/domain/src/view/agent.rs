//! The agent's face: the answers of `tests/contract/guard-api.yaml`.

use crate::approval::{Executes, Execution, ReasonCode};
use crate::digest::Digest;
use crate::{Approval, ApprovalId, Status};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// `CreateRequestResponse` of the contract, and what the gate adds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAnswer {
    /// The wait token: a secret of the agent.
    pub token: String,
    /// `appr_…`.
    pub request_id: ApprovalId,
    /// `awaiting_personas` or `ready_for_approval`.
    pub status: &'static str,
    /// The deadline.
    pub expires_at: Timestamp,
    /// What the policy asks for.
    pub policy: PolicyAnswer,
    /// Over action, nonce and original parameters.
    pub digest: Digest,
    /// What makes the digest unguessable; with it the agent can compute the digest itself.
    pub nonce: String,
    /// Where to wait.
    pub links: Links,
    /// Where the policy lets the request through: the wait answer, as a poll gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<WaitAnswer>,
}

/// What the policy asks for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswer {
    /// Distinct people.
    pub min_approvals: u64,
    /// Who must acknowledge first.
    pub required_personas: Vec<String>,
    /// Seconds from asking to the deadline.
    pub timeout_sec: i64,
    /// `agent` or `gate`.
    pub executes: Executes,
}

/// Where to wait, tokens left out: the caller has it.
#[derive(Clone, Debug, Serialize)]
pub struct Links {
    /// For `GET ?token=` with server-sent events.
    pub stream: String,
    /// For a WebSocket, where the deployment has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub websocket: Option<String>,
}

/// The first answer to a request: made from what never changes, so that a replay repeats it to the byte.
/// What the policy lets through is answered with its outcome, `params` being the original values.
pub fn create_answer(
    approval: &Approval,
    token: String,
    nonce: String,
    (links, params): (Links, Option<Map<String, Value>>),
) -> CreateAnswer {
    let outcome = approval.is_let_through().then(|| outcome(approval, params));
    CreateAnswer {
        token,
        request_id: approval.id.clone(),
        status: if outcome.is_some() { "pending" } else { first_status(approval).word() },
        expires_at: approval.expires_at,
        policy: PolicyAnswer {
            min_approvals: approval.required_at_first(),
            required_personas: approval.personas_at_first().to_vec(),
            timeout_sec: approval.expires_at.duration_since(approval.created_at).as_secs(),
            executes: approval.executes,
        },
        digest: approval.first_digest().clone(),
        nonce,
        links,
        outcome,
    }
}

/// The outcome as it was when the policy let the request through: what happened later is not part of it.
fn outcome(approval: &Approval, params: Option<Map<String, Value>>) -> WaitAnswer {
    let at = approval.created_at;
    let execution = approval.execution.as_ref().map(|_| Execution::pending());
    let first = Approval { execution, superseded_by: None, version: 2, ..approval.clone() };
    wait_answer(&first, Originals { params, asked: None }, None, at)
}

/// The answer to a re-request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReRequestAnswer {
    /// The wait token of the request that asks again: a secret of the agent.
    pub token: String,
    /// `appr_…`, of the request that asks again.
    pub request_id: ApprovalId,
    /// `appr_…`, of the first request of the line.
    pub lineage_id: ApprovalId,
    /// `awaiting_personas` or `ready_for_approval`.
    pub status: &'static str,
    /// The deadline.
    pub expires_at: Timestamp,
}

/// The first answer to a re-request: made from what never changes, so that a replay repeats it to the byte.
pub fn re_request_answer(child: &Approval, token: String) -> ReRequestAnswer {
    ReRequestAnswer {
        token,
        request_id: child.id.clone(),
        lineage_id: child.lineage.as_ref().map_or_else(|| child.id.clone(), |lineage| lineage.root.clone()),
        status: first_status(child).word(),
        expires_at: child.expires_at,
    }
}

fn first_status(approval: &Approval) -> Status {
    if approval.personas_at_first().is_empty() { Status::ReadyForApproval } else { Status::AwaitingPersonas }
}

/// `WaitRequestResponse` of the contract, and what the gate adds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitAnswer {
    /// One of the five statuses.
    pub status: &'static str,
    /// Grows with every change; an answer with a smaller one is older.
    pub seq: u64,
    /// Of what the approval is now.
    pub digest: Digest,
    /// Who approved so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<String>>,
    /// Once approved, and where the agent executes: the whole effective parameters, original values included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_params: Option<Map<String, Value>>,
    /// Beside them, where an approver changed them: the parameters that were asked for, original values included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_params: Option<Map<String, Value>>,
    /// In a person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it ended without an agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<ReasonCode>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// The request that asks again, with its own wait token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<Successor>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
}

/// The request that asks again.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Successor {
    /// `appr_…`.
    pub request_id: ApprovalId,
    /// Its wait token.
    pub token: String,
}

/// Parameters with their original values.
#[derive(Clone, Debug, Default)]
pub struct Originals {
    /// What the approval is now.
    pub params: Option<Map<String, Value>>,
    /// What was asked for, where an edit changed it.
    pub asked: Option<Map<String, Value>>,
}

/// The wait answer at an instant. It has the original values only after the approval, and only for an agent that executes the action
/// itself. `successor_token` is the token of the re-request.
pub fn wait_answer(
    approval: &Approval,
    originals: Originals,
    successor_token: Option<String>,
    now: Timestamp,
) -> WaitAnswer {
    let status = approval.status_at(now);
    let decided = !status.is_open();
    let approvers: Vec<String> = approval.votes.iter().map(|v| v.by.short()).collect();
    let tell = status == Status::Approved && approval.executes == Executes::Agent;
    let successor = approval.superseded_by.clone().zip(successor_token);
    WaitAnswer {
        status: status.word(),
        seq: approval.seq_at(now),
        digest: approval.digest.clone(),
        approvers: (status == Status::Approved || !approvers.is_empty()).then_some(approvers),
        decision_params: originals.params.filter(|_| tell),
        asked_params: originals.asked.filter(|_| tell),
        reason: approval.reason.clone().filter(|_| decided),
        reason_code: approval.reason_code_at(now),
        decided_at: approval.decided_at_or_deadline(now),
        superseded_by: successor.map(|(request_id, token)| Successor { request_id, token }),
        execution: approval.execution.clone(),
    }
}

impl Approval {
    /// The quorum it was asked with, before any escalation.
    fn required_at_first(&self) -> u64 {
        self.required_first.unwrap_or(self.required)
    }

    /// The number of the newest change at an instant: the deadline counts as one, although nobody may have written it down yet.
    pub fn seq_at(&self, now: Timestamp) -> u64 {
        let unwritten = self.status_at(now) != self.status;
        self.version + u64::from(unwritten)
    }
}
