//! Remember: the single table. One access pattern a function, the workspace in every condition, a version on every change.
//!
//! | item | pk | sk | written by |
//! | --- | --- | --- | --- |
//! | an approval | `appr_…` | `APPROVAL` | [`approvals`] |
//! | a delivery of it | `appr_…` | `DELIVERY#<connector>` | [`leases`] |
//! | a connection that waits for it | `appr_…` | `WAITER#<connection>` | [`waiters`] |
//! | what an idempotency key was used for | `appr_…` | `IDEMPOTENCY` | [`idempotency`] |
//! | something due | `due#<minute>#<shard>` | `<workspace>#<kind>#<time>#<id>` | [`due`] |
//! | a policy in force | `policy#<workspace>` | `CURRENT` | [`policies`] |
//! | a policy's text | `policy#<workspace>` | `<sha256>` | [`policies`] |
//! | an API key | `key#<sha256>` | `KEY` | [`api_keys`] |
//! | its place in the list | `keys#<workspace>` | `key_…` | [`api_keys`] |
//! | a token bucket | `rate#asking#<shard>` | `<workspace>`, `<workspace>#<approval>` | [`rates`] |
//! | a refusal, so that the same is recognised | `refused#<workspace>#<agent and action>` | `<time>#<id>` | [`refusals`] |
//! | turns at a connector | `rate#<workspace>` | `TURNS#<connector>` | [`turns`] |
//! | a connector, its name, the defaults | `connectors#<workspace>` | `ac_…`, `NAME#<name>`, `DEFAULTS` | [`connectors`] |
//! | a delivery given up | `dead#<workspace>` | `<approval>.<connector>` | [`dead_letters`] |
//! | an agent's settings | `agents#<workspace>` | `<slug>` | [`agents`] |
//! | what the root secrets are known by | `secrets` | `PROOFS` | [`proofs`] |
//! | the sweep's cursor, the workspaces | `sweep`, `workspaces` | `CURSOR`, `<workspace>` | [`due`], [`policies`] |

pub mod agents;
pub mod api_keys;
pub mod approvals;
mod connector_homes;
pub mod connectors;
pub mod dead_letters;
pub mod deliveries;
pub mod due;
mod error;
pub mod idempotency;
mod item;
mod keys;
pub mod leases;
pub mod lists;
pub mod policies;
pub mod proofs;
pub mod rates;
pub mod refusals;
pub mod turns;
pub mod waiters;

use aws_sdk_dynamodb::Client;
pub use error::StoreError;
pub use item::Item;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// The table.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
    /// When the last bucket that was seen will be full again, in milliseconds: only says which write to try first.
    bucket_full_at: Arc<AtomicI64>,
}

impl Store {
    /// The table of a name, reached through a client.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), bucket_full_at: Arc::default() }
    }

    /// Reads nothing, for half a read unit, so that there is a connection when something is to be read.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn warm(&self) -> Result<(), StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::nothing()));
        get.send().await.map(drop).map_err(StoreError::sdk("warm"))
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }
}

/// What came of a conditional write.
#[derive(Clone, Debug)]
pub enum Write<T> {
    /// It is written.
    Done,
    /// The condition did not hold; what stands there now, where there is something of this workspace.
    Lost(Option<T>),
}
