//! What the policy says of a request that nobody makes: nothing is stored, and no rate is used up.

use crate::{Caller, Failure, Gate};
use domain::approval::request::{Ask, Asks};
use domain::policy::{Effect, Ruling, Shadow};
use domain::{Refusal, Role};
use serde::Serialize;

/// What the policy in force says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Evaluated {
    /// `allow`, `ask` or `deny`.
    pub decision: &'static str,
    /// The rule that holds; none where the action's own fields do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why the request would be denied; or which rule could not be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// SHA-256 of the policy; none where the workspace has no policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The shadow rules that match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shadow: Vec<Shadow>,
}

/// Evaluates a request under the policy in force, which may be five seconds old.
///
/// # Errors
/// `Forbidden` for a caller who is no agent.
pub async fn evaluate_request(gate: &Gate, caller: &Caller, ask: &Ask) -> Result<Evaluated, Failure> {
    let agent = caller.must_be(&[Role::Agent])?;
    let Some(policy) = gate.recent_policy(&caller.workspace).await? else {
        return Ok(denied("this workspace has no policy yet".into(), None));
    };
    let asks = Asks { agent, workspace: &caller.workspace, at: gate.clock.now() };
    Ok(match policy.judge(&ask.facts(asks, &policy)) {
        Ok(ruling) => evaluated(ruling, policy.hash.clone()),
        Err(refusal) => denied(Refusal::to_string(&refusal), Some(policy.hash.clone())),
    })
}

fn evaluated(ruling: Ruling, policy: String) -> Evaluated {
    let failed = ruling.failed.map(|failed| format!("rule {} could not be evaluated: {}", failed.rule, failed.why));
    Evaluated {
        decision: ruling.effect.word(),
        rule: ruling.rule,
        reason: ruling.reason.or(failed),
        policy: Some(policy),
        shadow: ruling.shadow,
    }
}

fn denied(reason: String, policy: Option<String>) -> Evaluated {
    Evaluated { decision: Effect::Deny.word(), reason: Some(reason), policy, ..Evaluated::default() }
}
