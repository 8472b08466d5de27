//! What is set for an agent, as the use cases need it.

use crate::{Failure, Gate};
use domain::Workspace;
use store::settings::agents::AgentConfig;

impl Gate {
    /// Seconds that an agent's requests stay open, where that is set, as of at most five seconds ago.
    pub(crate) async fn agent_timeout_sec(&self, workspace: &Workspace, agent: &str) -> Result<Option<u64>, Failure> {
        let now = self.clock.now();
        if let Some(known) = self.memory.agents.recent(workspace, agent, now) {
            return Ok(known);
        }
        let config = self.store.get_agent_config(workspace, agent, false).await?;
        let known = config.as_ref().and_then(timeout);
        self.memory.agents.remember(workspace, agent, (now, known));
        Ok(known)
    }
}

/// Hours as whole seconds.
pub(crate) fn seconds(hours: f64) -> u64 {
    (hours * 3_600.0).round() as u64
}

pub(crate) fn timeout(config: &AgentConfig) -> Option<u64> {
    config.approval_ttl_hours.map(seconds)
}
