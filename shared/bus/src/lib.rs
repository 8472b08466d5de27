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

/// An event to publish. Its id and number are in the detail: EventBridge makes its own id for every put.
#[derive(Clone, Debug)]
pub struct Event {
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

    /// Publishes events in order, in as few calls as they fit in. The answer says for each event whether the bus took it.
    ///
    /// # Errors
    /// A whole call failed.
    pub async fn publish(&self, events: &[Event]) -> Result<Vec<bool>, BusError> {
        let mut taken = Vec::with_capacity(events.len());
        for batch in batches(events) {
            let entries = batch.iter().map(|event| self.entry(event)).collect();
            let out = self.client.put_events().set_entries(Some(entries)).send().await;
            let out = out.map_err(|e| BusError(format!("{:?}", e.into_service_error())))?;
            let results = out.entries();
            taken.extend((0..batch.len()).map(|i| results.get(i).is_some_and(|r| r.error_code().is_none())));
        }
        Ok(taken)
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        let entry = PutEventsRequestEntry::builder().source(SOURCE).event_bus_name(&self.name);
        entry.detail_type(&event.detail_type).detail(&event.detail).build()
    }
}

/// Cuts a list into calls that keep within both quotas.
fn batches(events: &[Event]) -> Vec<&[Event]> {
    let mut all = Vec::new();
    let mut rest = events;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |event: &&Event| {
            bytes += event.detail.len() + event.detail_type.len();
            bytes <= MOST_BYTES
        };
        let count = rest.iter().take(MOST_ENTRIES).take_while(fits).count().max(1);
        let (batch, after) = rest.split_at(count);
        all.push(batch);
        rest = after;
    }
    all
}
