//! The Slack apps behind an approval's cards: the deployment's own, and those of connectors. The secret that verifies an interaction
//! fixes which of them it came from.

use crate::memory::connectors::Connectors;
use crate::{Couriers, Failure};
use domain::Workspace;
use domain::delivery::Delivery;
use domain::delivery::surface::{SLACK, base};
use std::sync::Arc;
use store::connectors::Connector;
use tokio::sync::OnceCell;
use vendors::connector::Kind;
use vendors::slack::Client;
use vendors::slack::config::{BOT_TOKEN, SIGNING_SECRET};

/// A Slack app.
#[derive(Clone)]
pub struct SlackApp {
    /// The connector's id; none for the deployment's own app.
    pub connector: Option<String>,
    /// What it signs interactions with; never empty.
    pub signing_secret: String,
    /// Its bot; none without a token.
    pub client: Option<Client>,
    team: Arc<OnceCell<String>>,
}

impl SlackApp {
    /// The team of its token.
    ///
    /// # Errors
    /// Slack could not be asked.
    pub async fn team(&self) -> Result<String, Failure> {
        let client = self.client.as_ref().ok_or_else(|| Failure::missing("a Slack bot token"))?;
        let ask = || async { client.auth_test().await.map(|identity| identity.team_id) };
        let team = self.team.get_or_try_init(ask).await;
        team.cloned().map_err(|why| Failure::Internal(format!("auth.test: {why}")))
    }

    /// Whether a delivery was made through this app.
    pub fn posted(&self, delivery: &Delivery) -> bool {
        self.connector.as_deref() == Some(base(&delivery.connector))
    }
}

impl Couriers {
    /// The apps that an approval was posted through, each with the secret that may have signed a click on it: in strict mode the
    /// connector's own; else that, or the deployment's. Connectors are read now: a secret that was replaced, and one of a connector
    /// that was disabled, is believed no more at once.
    pub async fn slack_apps_of(
        &self,
        workspace: &Workspace,
        deliveries: &[Delivery],
    ) -> Result<Vec<SlackApp>, Failure> {
        if deliveries.iter().any(|d| base(&d.connector) != SLACK) {
            self.memory.connectors.forget(workspace);
        }
        let known = self.recent_connectors(workspace).await?;
        let mut apps = Vec::new();
        for delivery in deliveries {
            let id = base(&delivery.connector);
            if id == SLACK && *workspace == Workspace::default_name() {
                apps.extend(self.own_slack_app(Some(SLACK)));
            }
            let Some(connector) = known.all.iter().find(|c| c.id == id && c.kind == Kind::Slack && c.enabled) else {
                continue;
            };
            apps.extend(self.slack_app(workspace, connector, &known));
        }
        Ok(apps)
    }

    /// The apps that may have signed an interaction that names no approval: the deployment's own, and those of the default workspace's
    /// connectors. The read may be stale.
    pub async fn default_slack_apps(&self) -> Result<Vec<SlackApp>, Failure> {
        let workspace = Workspace::default_name();
        let known = self.recent_connectors(&workspace).await?;
        let enabled = known.all.iter().filter(|c| c.kind == Kind::Slack && c.enabled);
        let connected = enabled.filter_map(|connector| self.slack_app(&workspace, connector, &known));
        Ok(self.own_slack_app(None).into_iter().chain(connected).collect())
    }

    /// A connector's app; none if no signature of it can be verified.
    fn slack_app(&self, workspace: &Workspace, connector: &Connector, known: &Connectors) -> Option<SlackApp> {
        let settings = match self.open(workspace, connector, &known.defaults) {
            Ok(settings) => settings,
            Err(why) => {
                tracing::warn!(%why, connector = connector.id, "a connector cannot be opened: nothing that it signs is believed");
                return None;
            }
        };
        let own = settings.header(SIGNING_SECRET).map(str::to_owned);
        let shared = || self.slack.as_ref()?.signing_secret.clone().filter(|_| !settings.strict);
        let signing_secret = own.or_else(shared)?;
        let token = settings.header(BOT_TOKEN).unwrap_or_default();
        let client = Some(Client::new(&self.http, self.slack_api_url(), token, settings.timeout));
        let team = self.memory.connectors.team(connector);
        Some(SlackApp { connector: Some(connector.id.clone()), signing_secret, client, team })
    }

    /// The deployment's own app; none without a signing secret.
    pub fn own_slack_app(&self, connector: Option<&str>) -> Option<SlackApp> {
        let slack = self.slack.as_ref()?;
        let signing_secret = slack.signing_secret.clone().filter(|secret| !secret.is_empty())?;
        let (client, team) = (self.slack_client(), Arc::clone(&slack.team));
        Some(SlackApp { connector: connector.map(str::to_owned), signing_secret, client, team })
    }
}
