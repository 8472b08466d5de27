//! A gate with the credentials of those who carry approvals to people: the workspaces' connectors, and the deployment's own Slack app.

use crate::Gate;
use domain::secret::RootSecret;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// For use cases that call connectors, or manage them.
#[derive(Clone, Debug)]
pub struct Couriers {
    gate: Gate,
    /// The root secrets of connectors' credentials.
    pub vault: RootSecret,
    /// The deployment's Slack app, where there is one.
    pub slack: Option<Slack>,
}

impl Couriers {
    /// A gate with the connectors' root secrets, and the deployment's Slack app.
    pub fn new(gate: Gate, vault: RootSecret, slack: Option<Slack>) -> Self {
        Self { gate, vault, slack }
    }
}

impl Deref for Couriers {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.gate
    }
}

/// The deployment's Slack app.
#[derive(Clone, Default)]
pub struct Slack {
    /// `https://slack.com/api`.
    pub api_url: String,
    /// `xoxb-…`; without it nothing is posted.
    pub bot_token: Option<String>,
    /// Without it no interaction is believed.
    pub signing_secret: Option<String>,
    /// Which team the token turned out to be of.
    pub team: Arc<tokio::sync::OnceCell<String>>,
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slack({})", self.api_url)
    }
}
