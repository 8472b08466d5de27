//! A dry run: the faults of a policy, and what it would say of a sample action.

use crate::settings::replace_policy::{acceptable, different, read_otherwise};
use crate::{Caller, Failure, Gate};
use conditions::{Facts, OriginFacts, RequesterFacts};
use domain::params::redact::redact;
use domain::policy::Effect;
use domain::{Fault, Policy, Role, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What to try: a document, or the policy in force where there is none; and an action on it.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// YAML or JSON.
    pub policy: Option<String>,
    /// An action's name.
    pub action: Option<String>,
    /// Its parameters.
    pub params: Map<String, Value>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// Whether the document has no fault.
    pub valid: bool,
    /// All of them.
    pub faults: Vec<Fault>,
    /// SHA-256 of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// What it says of the action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What a policy says of an action.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// `allow`, `ask` or `deny`.
    pub effect: &'static str,
    /// The rule that holds; none where the action's own fields do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why it is denied, or which rule could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The name or glob under `actions` that governs it; empty for an unknown action under `manual`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// Who may approve.
    pub approvers: Vec<String>,
    /// Who may approve any action.
    pub super_approvers: Vec<String>,
    /// Distinct people.
    pub min_approvals: u64,
    /// Who must acknowledge first.
    pub required_personas: Vec<String>,
    /// Seconds it stays open.
    pub timeout_sec: u64,
    /// The parameters as people would see them.
    pub params: Map<String, Value>,
}

/// Tries a policy. Nothing is written.
///
/// # Errors
/// `Forbidden` unless the caller is an admin or an auditor; `NotFound` where no document is given and none is in force.
pub async fn check_policy(gate: &Gate, caller: &Caller, trial: &Trial) -> Result<Verdict, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let (policy, faults) = match &trial.policy {
        Some(text) => tried(gate, caller, text).await?,
        None => in_force(gate, caller).await.map(|(policy, faults)| (Some(policy), faults))?,
    };
    let decision = policy.as_ref().zip(trial.action.as_ref());
    Ok(Verdict {
        valid: faults.is_empty(),
        faults,
        hash: policy.as_ref().map(|policy| policy.hash.clone()),
        decision: decision.map(|(policy, action)| decide(policy, action, &trial.params, gate.clock.now())),
    })
}

/// The policy of a document, or what would be refused of the document.
async fn tried(gate: &Gate, caller: &Caller, text: &str) -> Result<(Option<Arc<Policy>>, Vec<Fault>), Failure> {
    let (policy, saved) = match acceptable(text) {
        Ok(read) => read,
        Err(faults) => return Ok((None, faults)),
    };
    Ok(match read_otherwise(gate, &caller.workspace, &policy.hash, &saved).await? {
        Some(fault) => (None, vec![fault]),
        None => (Some(Arc::new(policy)), Vec::new()),
    })
}

/// The policy in force, and what would be refused of it were it entered today.
async fn in_force(gate: &Gate, caller: &Caller) -> Result<(Arc<Policy>, Vec<Fault>), Failure> {
    let policy = gate.policy_in_force(&caller.workspace).await?;
    let policy = policy.ok_or(Failure::NotFound("this workspace has no policy yet"))?;
    let text = gate.store.get_policy_text(&caller.workspace, &policy.hash).await?;
    let saved = gate.store.get_policy_document(&caller.workspace, &policy.hash).await?;
    let faults = text.zip(saved).map(|(text, saved)| faults_now(&text, &saved)).unwrap_or_default();
    Ok((policy, faults))
}

/// What would be refused of a text, or be read otherwise than it was when it was saved.
fn faults_now(text: &str, saved: &str) -> Vec<Fault> {
    match Policy::accept(text) {
        Ok((_, read)) => different(&read, saved).into_iter().collect(),
        Err(faults) => faults,
    }
}

fn decide(policy: &Policy, action: &str, params: &Map<String, Value>, now: Timestamp) -> Decision {
    let spell = |all: &[domain::Principal]| all.iter().map(ToString::to_string).collect();
    let ruling = match policy.judge(&facts(policy, action, params, now)) {
        Ok(ruling) => ruling,
        Err(refusal) => {
            return Decision { effect: "deny", reason: Some(refusal.to_string()), ..Decision::default() };
        }
    };
    let failed = ruling.failed.as_ref().map(|f| format!("rule {} could not be evaluated: {}", f.rule, f.why));
    let decision = Decision {
        effect: ruling.effect.word(),
        reason: ruling.reason.clone().or(failed),
        rule: ruling.rule.clone(),
        matched: (ruling.effect != Effect::Deny).then(|| ruling.pattern.clone()),
        ..Decision::default()
    };
    match ruling.fields(policy).filter(|_| ruling.effect == Effect::Ask) {
        None => decision,
        Some(fields) => Decision {
            approvers: spell(&fields.approvers),
            super_approvers: spell(&policy.super_approvers),
            min_approvals: fields.min_approvals,
            required_personas: fields.required_personas.clone(),
            timeout_sec: policy.timeout_sec(fields, None),
            params: redact(params, &fields.redaction).view,
            ..decision
        },
    }
}

/// A request of an agent of which nothing else is known.
fn facts<'a>(policy: &'a Policy, action: &'a str, params: &'a Map<String, Value>, now: Timestamp) -> Facts<'a> {
    Facts {
        action,
        params,
        agent: "",
        workspace: "",
        requester: RequesterFacts::default(),
        origin: OriginFacts::default(),
        justification: "",
        now,
        calendars: &policy.calendars,
    }
}
