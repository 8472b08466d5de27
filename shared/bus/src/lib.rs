//! Publish: the event bus.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use thiserror::Error;

/// The source of every event of ours.
pub const SOURCE: &str = "countersign";
/// Entries that one `PutEvents` takes (EventBridge quotas).
const MOST_ENTRIES: usize = 10;
/// Bytes that one `PutEvents` takes, with room for the envelope: the quota is 1 MB.
const MOST_BYTES: usize = 900_000;

/// The event bus.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

/// A message on the bus. Its id and number are in the detail: EventBridge makes its own id for every put.
#[derive(Clone, Debug)]
pub struct BusMessage {
    /// `approval.requested`, …
    pub detail_type: String,
    /// JSON.
    pub detail: String,
}

/// The bus could not be reached.
#[derive(Debug, Error)]
#[error("put events: {0}")]
pub struct BusError(String);

impl Bus {
    /// The bus of a name, reached through a client.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Publishes messages in order, in as few calls as they fit in. The answer says for each message whether the bus took it.
    ///
    /// # Errors
    /// A whole call failed.
    pub async fn publish(&self, messages: &[BusMessage]) -> Result<Vec<bool>, BusError> {
        let mut taken = Vec::with_capacity(messages.len());
        for batch in batches(messages) {
            let entries = batch.iter().map(|message| self.entry(message)).collect();
            let out = self.client.put_events().set_entries(Some(entries)).send().await;
            let out = out.map_err(|e| BusError(format!("{:?}", e.into_service_error())))?;
            let results = out.entries();
            taken.extend((0..batch.len()).map(|i| results.get(i).is_some_and(|r| r.error_code().is_none())));
        }
        Ok(taken)
    }

    fn entry(&self, message: &BusMessage) -> PutEventsRequestEntry {
        let entry = PutEventsRequestEntry::builder().source(SOURCE).event_bus_name(&self.name);
        entry.detail_type(&message.detail_type).detail(&message.detail).build()
    }
}

/// Cuts a list into calls that keep within both quotas.
fn batches(messages: &[BusMessage]) -> Vec<&[BusMessage]> {
    let mut all = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |message: &&BusMessage| {
            bytes += message.detail.len() + message.detail_type.len();
            bytes <= MOST_BYTES
        };
        let count = rest.iter().take(MOST_ENTRIES).take_while(fits).count().max(1);
        let (batch, after) = rest.split_at(count);
        all.push(batch);
        rest = after;
    }
    all
}
