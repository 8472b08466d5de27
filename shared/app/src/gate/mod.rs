//! The gate: what every use case works with, and what some need beside it, each a type of its own. A use case takes what it needs, so
//! nothing is missing once it is called. The seams are addresses: the table's, the bus's, Slack's.

pub(crate) mod agents;
pub mod connectors;
pub(crate) mod couriers;
pub(crate) mod deciding;
pub mod decision_link;
pub(crate) mod keyed;
pub(crate) mod links;
pub mod policies;
pub mod prove_secrets;
pub(crate) mod sealing;
pub mod see_approval;
pub(crate) mod sessions;

use crate::facts::Facts;
use crate::memory::Memory;
use crate::{Clock, Failure, Random};
use domain::view::Links;
use std::sync::Arc;
use store::Store;
use vendors::wire::http::Http;

/// What every use case works with. A clone works in the same process: it shares the memory.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The table.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Where random bytes come from.
    pub random: Random,
    /// The client for vendors.
    pub http: Http,
    /// What happened and is to be counted.
    pub facts: Arc<Facts>,
    /// What this process remembers.
    pub memory: Arc<Memory>,
    addresses: Arc<Addresses>,
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
            clock: Clock::Wall,
            random: Random::System,
            http,
            facts: Arc::default(),
            memory: Arc::default(),
            addresses: Arc::new(addresses),
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

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        self.random.bytes().ok_or_else(|| Failure::Internal("the operating system gave no random bytes".into()))
    }

    /// What another process of the same deployment works with, that reaches the table in a way of its own.
    pub fn of_another_process(&self, store: Store) -> Self {
        let began = Self::new(store, self.http.clone(), Addresses::clone(&self.addresses));
        began.at(self.clock.clone())
    }
}
