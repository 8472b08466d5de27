//! A workspace's connectors as the use cases need them: opened, by name, and as vendors to call.

use crate::gate::sealing::retired;
use crate::memory::connectors::Connectors;
use crate::{Couriers, Failure, Gate};
use domain::Workspace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::connectors::{Connector, Defaults};
use vendors::Vendor;
use vendors::connector::Settings;
use vendors::slack::client::API_URL;

/// A connector's endpoint and headers, before they are sealed and after they are opened.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    pub(crate) endpoint: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Gate {
    /// The connectors of a workspace, as of at most five seconds ago.
    pub(crate) async fn recent_connectors(&self, workspace: &Workspace) -> Result<Arc<Connectors>, Failure> {
        let now = self.clock.now();
        if let Some(known) = self.memory.connectors.recent(workspace, now) {
            return Ok(known);
        }
        // The defaults hold for the deployment's own Slack app as well.
        let (all, defaults) =
            futures::try_join!(self.store.list_connectors(workspace), self.store.get_connector_defaults(workspace))?;
        let known = Arc::new(Connectors { all, defaults });
        self.memory.connectors.remember(workspace, now, known.clone());
        Ok(known)
    }
}

impl Couriers {
    /// A connector's settings, opened.
    pub(crate) fn open(
        &self,
        workspace: &Workspace,
        connector: &Connector,
        defaults: &Defaults,
    ) -> Result<Settings, Failure> {
        let opened = self.vault.open(&context(workspace, &connector.id), &connector.sealed).ok_or_else(retired)?;
        let Secrets { endpoint, headers } =
            serde_json::from_slice(&opened).map_err(|_| Failure::Internal("a sealed connector".into()))?;
        let timeout = connector.timeout_seconds.unwrap_or(defaults.timeout_seconds);
        let (kind, timeout, strict) = (connector.kind, Duration::from_secs(timeout), connector.strict);
        Ok(Settings { kind, endpoint, headers, timeout, strict })
    }

    /// Seals what only the functions that deliver may know of a connector.
    pub(crate) fn seal_connector(&self, workspace: &Workspace, id: &str, sealed: &Secrets) -> Result<String, Failure> {
        let text = serde_json::to_vec(sealed).map_err(|_| Failure::Internal("a connector to be sealed".into()))?;
        self.vault.seal(&context(workspace, id), self.random()?, &text).ok_or_else(retired)
    }

    /// A connector's vendor, ready to be called.
    pub(crate) fn vendor(&self, connector: &Connector, settings: &Settings) -> Vendor {
        let team = self.memory.connectors.team(connector);
        Vendor::new(&self.http, settings, self.slack_api_url(), team)
    }

    pub(crate) fn slack_api_url(&self) -> &str {
        self.slack.as_ref().map_or(API_URL, |slack| slack.api_url.as_str())
    }
}

/// A connector's seal opens for that connector of that workspace only.
fn context(workspace: &Workspace, id: &str) -> String {
    format!("connector\n{workspace}\n{id}")
}

/// `ac_` and what ids are spelled with: nothing else is looked up.
pub(crate) fn is_connector_id(text: &str) -> bool {
    let rest = text.strip_prefix("ac_");
    rest.is_some_and(|rest| (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}
