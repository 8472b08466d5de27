//! Agents' own settings: how long their requests stay open where the action's rule does not say.

use crate::gate::agents::timeout;
use crate::settings::shapes::AGENT_CONFIG_INPUT;
use crate::{Caller, Failure, Gate};
use domain::{Faults, Principal, Role};
use serde_json::Value;
use std::collections::BTreeMap;
use store::settings::agents::AgentConfig;

/// What is changed: `None` where a field is left as it is, `Some(None)` where it goes back to nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentChange {
    /// Hours.
    pub approval_ttl_hours: Option<Option<f64>>,
}

impl AgentChange {
    /// Reads `{approval_ttl_hours}`: a number of hours from one second to 30 days, or null for the workspace's own.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(body: &Value) -> Result<Self, Failure> {
        let faults = Faults::default();
        AGENT_CONFIG_INPUT.check(body, "", &faults);
        let given = body.get("approval_ttl_hours");
        Ok(faults.or(Self { approval_ttl_hours: given.map(Value::as_f64) })?)
    }
}

/// An agent's settings; none where nobody has set any.
///
/// # Errors
/// `Forbidden` unless the caller is an admin or an auditor, `Invalid` for what is no agent's name.
pub async fn read_agent_config(gate: &Gate, caller: &Caller, agent: &str) -> Result<Option<AgentConfig>, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    Ok(gate.store.get_agent_config(&caller.workspace, slug(agent)?.name(), true).await?)
}

/// Agents that are listed, and the keys that are looked through for them.
const MOST_LISTED: i32 = 200;
const MOST_KEYS: i32 = 500;

/// The agents of a workspace by name, with what is set for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agents {
    /// All that are known.
    pub by_name: BTreeMap<String, Option<AgentConfig>>,
    /// Whether there are more keys or settings than were read.
    pub cut: bool,
}

/// The agents that have a key or settings, out of a bounded number of each.
///
/// # Errors
/// `Forbidden` unless the caller is an admin.
pub async fn list_agents(gate: &Gate, caller: &Caller) -> Result<Agents, Failure> {
    caller.must_be(&[Role::Admin])?;
    let set = gate.store.list_agent_configs(&caller.workspace, MOST_LISTED).await?;
    let keys = gate.store.list_api_keys(&caller.workspace, None, MOST_KEYS).await?;
    let cut = set.len() as i32 == MOST_LISTED || keys.len() as i32 == MOST_KEYS;
    let now = gate.clock.now();
    let live = keys.iter().filter(|(key, revoked)| revoked.is_none() && key.expires_at.is_none_or(|at| now < at));
    let agents = live.filter(|(key, _)| key.roles.contains(&Role::Agent));
    let mut by_name: BTreeMap<_, _> = agents.map(|(key, _)| (key.subject.name().to_owned(), None)).collect();
    by_name.extend(set.into_iter().map(|(name, config)| (name, Some(config))));
    Ok(Agents { by_name, cut })
}

/// Changes an agent's settings. It holds for requests made from now on, within five seconds.
///
/// # Errors
/// `Forbidden` unless the caller is an admin, `Invalid` for what is no agent's name.
pub async fn change_agent_config(
    gate: &Gate,
    caller: &Caller,
    agent: &str,
    change: &AgentChange,
) -> Result<AgentConfig, Failure> {
    let by = caller.must_be(&[Role::Admin])?;
    let agent = slug(agent)?;
    let before = gate.store.get_agent_config(&caller.workspace, agent.name(), true).await?;
    let config = AgentConfig {
        approval_ttl_hours: change.approval_ttl_hours.unwrap_or_else(|| before.and_then(|b| b.approval_ttl_hours)),
        updated_by: by.to_string(),
        updated_at: gate.clock.now(),
    };
    gate.store.put_agent_config(&caller.workspace, agent.name(), &config).await?;
    gate.memory.agents.remember(&caller.workspace, agent.name(), (config.updated_at, timeout(&config)));
    Ok(config)
}

fn slug(agent: &str) -> Result<Principal, Failure> {
    Principal::parse(&format!("agent:{agent}")).map_err(|problem| Failure::invalid("agent", &problem))
}
