//! Cards at connectors that would get no card now: the connector was disabled or deleted, or the policy names others. These cards are still
//! updated, as long as the connector's credentials exist.

use crate::deliver::targets::{Plan, Target};
use crate::{Couriers, Failure};
use domain::Approval;
use domain::connector::Kind;
use domain::delivery::Delivery;
use domain::delivery::Surface;
use domain::delivery::surface::{ESCALATION, SLACK};
use store::connectors::Connector;

/// The note, written once, if a card cannot be updated with the approval's end.
const DELETED: &str = "its connector was deleted, so what it shows could not be brought up to date";

impl Couriers {
    /// The targets of such cards.
    pub(super) async fn left_behind(
        &self,
        approval: &Approval,
        plan: &Plan,
        deliveries: impl Iterator<Item = &Delivery>,
    ) -> Result<Vec<Target>, Failure> {
        let planned = |id: &str| plan.targets.iter().chain(&plan.escalated).any(|target| target.id == id);
        let mut left_behind = Vec::new();
        for card in deliveries.filter(|d| d.is_out() && !planned(&d.connector)) {
            if Surface::of(&card.connector).is_card() {
                left_behind.extend(self.place_of(approval, card).await?);
            }
        }
        Ok(left_behind)
    }

    async fn place_of(&self, approval: &Approval, card: &Delivery) -> Result<Option<Target>, Failure> {
        let id = card.connector.strip_suffix(ESCALATION).unwrap_or(&card.connector);
        let found = match id {
            SLACK => self.own_slack(approval, None, card.channel.as_deref()),
            _ => match self.connector_of_card(approval, id).await? {
                // A webhook that is gone wants nothing more.
                Some(connector) if connector.disabled_because.is_some() => None,
                Some(connector) => {
                    let channel = card.channel.as_deref().filter(|_| connector.kind == Kind::Slack);
                    let known = self.recent_connectors(&approval.workspace).await?;
                    Some(self.target(approval, &connector, &known, channel)?)
                }
                None => deleted(approval, card),
            },
        };
        Ok(found.map(|target| Target { id: card.connector.clone(), ..target }))
    }

    /// A connector that is not in memory may have been made a moment ago.
    async fn connector_of_card(&self, approval: &Approval, id: &str) -> Result<Option<Connector>, Failure> {
        let known = self.recent_connectors(&approval.workspace).await?;
        match known.all.iter().find(|connector| connector.id == id) {
            Some(connector) => Ok(Some(connector.clone())),
            None => Ok(self.store.get_connector(&approval.workspace, id).await?),
        }
    }
}

/// A card without credentials cannot be updated. That is noted once, when the approval ends.
fn deleted(approval: &Approval, card: &Delivery) -> Option<Target> {
    let noted = card.log.iter().any(|attempt| attempt.message.as_deref() == Some(DELETED));
    let name = card.connector.clone();
    (!approval.status.is_open() && !noted).then_some(Target {
        id: name.clone(),
        name,
        vendor: Err(DELETED),
        connector: None,
    })
}
