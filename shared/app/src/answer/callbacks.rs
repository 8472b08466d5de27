//! The connector that a vendor's callback names: an id in an address, which proves nothing until the connector's secret has verified the
//! body.

use crate::gate::connectors::is_connector_id;
use crate::{Couriers, Failure, Gate, noted};
use domain::delivery::Delivery;
use domain::{Approval, ApprovalId, Workspace};
use std::time::Duration;
use vendors::connector::{Kind, Settings};
use vendors::{jira, pagerduty};

/// How long one thing that is done at the vendor may take: with the most of them, the answer still goes out before the gateway gives up.
const CALLING: Duration = Duration::from_secs(6);

/// A connector that may be called back.
#[derive(Debug)]
pub struct Called {
    pub(crate) workspace: Workspace,
    /// Its id.
    pub(crate) connector: String,
    /// Opened.
    pub(crate) settings: Settings,
}

impl Couriers {
    /// The connector of an id, if it is of this kind and enabled.
    pub async fn called(&self, kind: Kind, id: &str) -> Result<Option<Called>, Failure> {
        let found = if is_connector_id(id) { self.store.get_connector_of_any_workspace(id).await? } else { None };
        let Some((workspace, connector)) = found.filter(|(_, c)| c.kind == kind && c.enabled) else {
            return Ok(None);
        };
        let defaults = self.store.get_connector_defaults(&workspace).await?;
        let mut settings = self.open(&workspace, &connector, &defaults)?;
        settings.timeout = settings.timeout.min(CALLING);
        Ok(Some(Called { workspace, connector: connector.id, settings }))
    }
}

impl Called {
    /// The secret that the vendor signs with. Empty if there is none; an empty secret verifies nothing.
    pub fn secret(&self) -> &str {
        let name = match self.settings.kind {
            Kind::Jira => jira::config::WEBHOOK_SECRET,
            Kind::Pagerduty => pagerduty::config::WEBHOOK_SECRET,
            _ => return "",
        };
        self.settings.header(name).unwrap_or_default()
    }

    /// An approval of this connector's workspace, and its delivery through this connector.
    pub(crate) async fn delivered(
        &self,
        gate: &Gate,
        id: &ApprovalId,
    ) -> Result<Option<(Approval, Delivery)>, Failure> {
        let found = gate.store.get_approval_with_deliveries(&self.workspace, id).await?;
        Ok(found.and_then(|(approval, all)| {
            let delivery = all.into_iter().find(|d| d.connector == self.connector)?;
            noted::approval(&approval);
            Some((approval, delivery))
        }))
    }
}
