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
use crate::memory::Memory;
use crate::{Clock, Random};
use bus::Bus;
use domain::secret::RootSecret;
use domain::view::Links;
use sockets::Connections;
use std::fmt;
use std::sync::Arc;
use store::Store;
use vendors::wire::http::Http;

/// What every use case works with. A clone works in the same process: it shares the memory.
#[derive(Clone, Debug)]
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
    /// The root secret of connectors' credentials; only for functions that deliver or manage them.
    pub vault: Option<RootSecret>,
    /// The deployment's Slack app.
    pub slack: Option<Slack>,
    /// The client for vendors.
    pub http: Http,
    /// What happened and is to be counted.
    pub facts: Arc<Facts>,
    /// What this process remembers.
    pub memory: Arc<Memory>,
    /// The addresses that people and agents are given.
    pub addresses: Addresses,
}

/// The addresses that people and agents are given.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Where agents wait. It may say `{api}`, as the console's address may.
    pub links: Links,
    /// Where people look, for links on cards. A function behind the API cannot be given the API's id, so it may say `{api}`.
    pub console: Option<String>,
}

impl Gate {
    /// Of a process that has just begun, by the machine's clock.
    pub fn new(store: Store, http: Http, addresses: Addresses) -> Self {
        Self {
            store,
            bus: None,
            connections: None,
            hints: true,
            clock: Clock::Wall,
            random: Random::System,
            root: None,
            bootstrap_hash: None,
            vault: None,
            slack: None,
            http,
            facts: Arc::default(),
            memory: Arc::default(),
            addresses,
        }
    }

    /// By this clock.
    pub fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// With what its process remembers from the beginning.
    pub fn remembering(self, memory: Memory) -> Self {
        Self { memory: Arc::new(memory), ..self }
    }

    /// What another process of the same deployment works with, that reaches the table in a way of its own.
    pub fn of_another_process(&self, store: Store) -> Self {
        Self::new(store, self.http.clone(), self.addresses.clone()).at(self.clock.clone())
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
