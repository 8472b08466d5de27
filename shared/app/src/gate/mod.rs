//! The gate: what every use case works with. Its seams are addresses: the table's, the bus's, Slack's.

pub(crate) mod agents;
pub mod connectors;
pub mod decision_link;
pub(crate) mod links;
pub mod policies;
pub mod prove_secrets;
pub(crate) mod sealing;
pub mod see_approval;
pub(crate) mod sessions;

use crate::facts::Facts;
use crate::memory::agents::AgentCache;
use crate::memory::changes::Changes;
use crate::memory::connectors::ConnectorCache;
use crate::memory::holds::Holds;
use crate::memory::issuers::Issuers;
use crate::memory::message_rates::MessageRates;
use crate::memory::policies::PolicyCache;
use crate::memory::sweeps::Sweeps;
use crate::{Clock, Random};
use bus::Bus;
use domain::secret::RootSecret;
use domain::view::Links;
use sockets::Connections;
use std::fmt;
use std::sync::{Arc, OnceLock};
use store::Store;
use vendors::wire::http::Http;

/// What every use case works with.
#[derive(Debug)]
pub struct Gate {
    /// The table.
    pub store: Store,
    /// The bus; only for functions that publish.
    pub bus: Option<Bus>,
    /// The WebSocket connections; only for functions that post to them.
    pub connections: Option<Connections>,
    /// Whether a deciding function posts at once, as a hint: everything arrives without it, a moment later.
    pub hints: bool,
    /// What time it is.
    pub clock: Clock,
    /// Where random bytes come from.
    pub random: Random,
    /// The deployment's root secrets; only for functions that make or read tokens and sealed values.
    pub root: Option<RootSecret>,
    /// SHA-256, in hexadecimal, of the secret that makes a workspace's first key.
    pub bootstrap_hash: Option<String>,
    /// Who else than we may say who calls.
    pub issuers: Issuers,
    /// The root secret of connectors' credentials; only for functions that deliver or manage them.
    pub vault: Option<RootSecret>,
    /// The deployment's Slack app.
    pub slack: Option<Slack>,
    /// The client for vendors.
    pub http: Http,
    /// Where agents wait. It may say `{api}`, as [`Gate::console_url`] may.
    pub links: Links,
    /// Where people look, for links on cards. A function behind the API cannot be given the API's id, so it may say `{api}`.
    pub console_url: Option<String>,
    /// The API's id, once a request has told it.
    pub api: OnceLock<String>,
    /// Parsed policies.
    pub policies: PolicyCache,
    /// Agents' settings.
    pub agents: AgentCache,
    /// Connectors.
    pub connectors: ConnectorCache,
    /// Who waits in this process.
    pub changes: Changes,
    /// Answers that are held.
    pub holds: Holds,
    /// How fast WebSocket connections send.
    pub messages: MessageRates,
    /// What sweeps remember of each other.
    pub sweeps: Sweeps,
    /// What happened and is to be counted.
    pub facts: Facts,
}

/// The deployment's Slack app.
#[derive(Default)]
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
