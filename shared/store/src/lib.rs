//! Remember: the single table. One access pattern a function, a version on every change.
//!
//! INVARIANT 15: The workspace is in every condition.
//!
//! Every function returns a [`StoreError`] if the table cannot be reached; its own documentation names only other errors.
//!
//! | item | pk | sk | written by |
//! | --- | --- | --- | --- |
//! | an approval | `appr_…` | `APPROVAL` | [`approvals`] |
//! | a delivery of it | `appr_…` | `DELIVERY#<connector>` | [`deliveries::leases`] |
//! | a connection that waits for it | `appr_…` | `WAITER#<connection>` | [`approvals::waiters`] |
//! | what an idempotency key was used for | `appr_…` | `IDEMPOTENCY` | [`approvals::idempotency`] |
//! | a timer | `due#<minute>#<shard>` | `<workspace>#<kind>#<time>#<id>` | [`due`] |
//! | a policy in force | `policy#<workspace>` | `CURRENT` | [`settings::policies`] |
//! | a policy's text | `policy#<workspace>` | `<sha256>` | [`settings::policies`] |
//! | an API key | `key#<sha256>` | `KEY` | [`settings::api_keys`] |
//! | its place in the list | `keys#<workspace>` | `key_…` | [`settings::api_keys`] |
//! | a token bucket | `rate#asking#<shard>` | `<workspace>`, `<workspace>#<approval>` | [`rates`] |
//! | a refusal, so that the same is recognised | `refused#<workspace>#<agent and action>` | `<time>#<id>` | [`approvals::refusals`] |
//! | turns at a connector | `rate#<workspace>` | `TURNS#<connector>` | [`deliveries::turns`] |
//! | a connector, its name, the defaults | `connectors#<workspace>` | `ac_…`, `NAME#<name>`, `DEFAULTS` | [`connectors`] |
//! | a delivery given up | `dead#<workspace>` | `<approval>.<connector>` | [`deliveries::dead_letters`] |
//! | an agent's settings | `agents#<workspace>` | `<slug>` | [`settings::agents`] |
//! | what the root secrets are known by | `secrets` | `PROOFS` | [`settings::proofs`] |
//! | the sweep's cursor, the workspaces | `sweep`, `workspaces` | `CURSOR`, `<workspace>` | [`due`], [`settings::policies`] |

pub mod approvals;
mod condition;
pub mod connectors;
pub mod deliveries;
pub mod due;
mod error;
mod item;
mod keys;
pub mod rates;
pub mod settings;

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
