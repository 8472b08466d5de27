//! The table's stream → the bus: what is new in a history becomes events; a deadline that TTL removed becomes an expiry.

mod resources;

pub use resources::Relay;

use app::Failure;
use app::publish::publish_changes::{Change, publish_changes};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use serde_json::{Value, json};

/// Who removes an item whose time is over (DynamoDB Developer Guide, "Streams and Time to Live").
const TTL_PRINCIPAL: &str = "dynamodb.amazonaws.com";

/// Takes a batch of the stream; answers which records to hand over again (`ReportBatchItemFailures`).
///
/// # Errors
/// The batch cannot be read, or the bus could not be reached at all.
pub async fn handle(has: &Relay, event: Value) -> Result<Value, Failure> {
    let event: Event = serde_json::from_value(event).map_err(|e| Failure::Internal(format!("a stream batch: {e}")))?;
    let changes: Vec<Change> = event.records.into_iter().map(change).collect();
    let failed = publish_changes(&has.gate, &has.bus, &changes).await?;
    let failures: Vec<Value> = failed.iter().map(|sequence| json!({ "itemIdentifier": sequence })).collect();
    Ok(json!({ "batchItemFailures": failures }))
}

fn change(record: EventRecord) -> Change {
    let ttl = record.user_identity.is_some_and(|who| who.principal_id == TTL_PRINCIPAL);
    let image = |image: serde_dynamo::Item| (!image.is_empty()).then(|| image.into());
    Change {
        sequence: record.change.sequence_number.unwrap_or_default(),
        expired_by_ttl: ttl,
        old: image(record.change.old_image),
        new: image(record.change.new_image),
    }
}
