//! Agents' own settings: one small item each.

use crate::item::{DOC, Item, document, read, s, text};
use crate::{Store, StoreError, keys};
use domain::{Timestamp, Workspace};
use serde::{Deserialize, Serialize};

/// What is set for one agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentConfig {
    /// How long its requests stay open where the action's rule does not say, in hours; fractions are allowed.
    pub approval_ttl_hours: Option<f64>,
    /// Who set it.
    pub updated_by: String,
    /// When.
    pub updated_at: Timestamp,
}

impl Store {
    /// An agent's settings: read consistently for people who look at them, else with a read that may be stale.
    pub async fn get_agent_config(
        &self,
        workspace: &Workspace,
        agent: &str,
        consistent: bool,
    ) -> Result<Option<AgentConfig>, StoreError> {
        let key = keys::agent(workspace, agent);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(consistent);
        let out = get.send().await.map_err(StoreError::sdk("get agent config"))?;
        out.item.as_ref().map(read).transpose()
    }

    /// Agents that have settings, in the order of their names.
    pub async fn list_agent_configs(
        &self,
        workspace: &Workspace,
        limit: i32,
    ) -> Result<Vec<(String, AgentConfig)>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(limit);
        let query =
            query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(keys::agents(workspace)));
        let out = query.send().await.map_err(StoreError::sdk("list agent configs"))?;
        let row = |item: &Item| Ok((text(item, "sk").unwrap_or_default().to_owned(), read(item)?));
        out.items().iter().map(row).collect()
    }

    /// Puts an agent's settings in place of what there was.
    pub async fn put_agent_config(
        &self,
        workspace: &Workspace,
        agent: &str,
        config: &AgentConfig,
    ) -> Result<(), StoreError> {
        let mut item = keys::agent(workspace, agent);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert(DOC.into(), document(config)?);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put agent config"))
    }
}
