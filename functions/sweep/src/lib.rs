//! Every minute, by its schedule: what is due, and then what becomes due until the next, at its own second. By hand: what is due, once;
//! or after an outage longer than the stream's day:
//! `{"replaySince": "2026-11-22T00:00:00Z"}`.

mod resources;

pub use resources::Sweep;

use app::Failure;
use app::sweep::sweep_due::{replay_since, sweep_due};
use app::sweep::tell_ahead::tell_ahead;
use domain::Timestamp;
use serde_json::{Value, json};

/// Takes a tick of the schedule, or an order.
///
/// # Errors
/// The table could not be asked, or `replaySince` is not a time.
pub async fn handle(has: &Sweep, event: Value) -> Result<Value, Failure> {
    let Sweep { gate, bus } = has;
    let scheduled = event.get("detail-type").is_some_and(|kind| kind == "Scheduled Event");
    let swept = match event.get("replaySince") {
        None if scheduled => {
            let began = gate.clock.now();
            let (swept, told) = tokio::join!(sweep_due(gate, bus), tell_ahead(gate, bus, began));
            told?;
            swept?
        }
        None => sweep_due(gate, bus).await?,
        Some(since) => {
            let since: Option<Timestamp> = since.as_str().and_then(|text| text.parse().ok());
            let since =
                since.ok_or_else(|| Failure::invalid("replaySince", "must be a time such as 2026-11-22T00:00:00Z"))?;
            replay_since(gate, bus, since).await?
        }
    };
    Ok(json!(swept))
}
