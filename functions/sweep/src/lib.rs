//! Every minute: what is due, and deliveries that become due until the next. By hand after an outage longer than the stream's day:
//! `{"replaySince": "2026-11-22T00:00:00Z"}`.

use app::sweep_due::{replay_since, sweep_due};
use app::tell_ahead::tell_ahead;
use app::{Failure, Gate};
use domain::Timestamp;
use serde_json::{Value, json};

/// Takes a tick of the schedule, or an order to replay.
///
/// # Errors
/// The table could not be asked, or `replaySince` is not a time.
pub async fn handle(gate: &Gate, event: Value) -> Result<Value, Failure> {
    let swept = match event.get("replaySince") {
        None => {
            let (swept, told) = tokio::join!(sweep_due(gate), tell_ahead(gate));
            told?;
            swept?
        }
        Some(since) => {
            let since: Option<Timestamp> = since.as_str().and_then(|text| text.parse().ok());
            let since =
                since.ok_or_else(|| Failure::invalid("replaySince", "must be a time such as 2026-11-22T00:00:00Z"))?;
            replay_since(gate, since).await?
        }
    };
    Ok(json!(swept))
}
