//! Listens to the bus for expiries.

use serde_json::Value;
use tokio::sync::broadcast::Receiver;

use super::sightings::Sightings;
use crate::host::system::System;

/// Notes each expiry that is published from now on.
pub(super) fn listen(system: &System) -> Sightings {
    let seen = Sightings::default();
    tokio::spawn(hear(system.bus.listen(), seen.clone()));
    seen
}

/// Ends with the bus, or where events were missed: then an expiry is missing in the end.
async fn hear(mut events: Receiver<Value>, seen: Sightings) {
    while let Ok(event) = events.recv().await {
        let expired = event.get("detail-type").is_some_and(|kind| kind == "approval.expired");
        if let (true, Some(id)) = (expired, event.pointer("/detail/id").and_then(Value::as_str)) {
            seen.note(id);
        }
    }
}
