//! Turns at a connector. Deliveries that come back to a connector stand in a line; the end of the line is stored like a bucket's `full_at`.
//! A connector that failed is closed: `closed_until` says until when no delivery may come.

use crate::condition::written;
use crate::item::{n, number, s};
use crate::rates::{Bucket, KEPT_MS, Rate};
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::Timestamp;

/// Tries to get a place in the line. A try fails only if another delivery was faster.
const TRIES: usize = 8;

impl Store {
    /// Takes the next turn: now if the line is empty, else a time of its own behind all others, not before `from`.
    pub async fn take_turn(
        &self,
        turns: Bucket<'_>,
        rate: Rate,
        now: Timestamp,
        from: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        if self.begin_anew(turns, rate, now.as_millisecond()).await?.is_done() {
            return Ok(now);
        }
        let from = from.as_millisecond();
        for _ in 0..TRIES {
            if let Some(end) = self.step_bucket(turns, rate.every_ms(), (from, i64::MAX)).await? {
                return instant(end - rate.every_ms());
            }
            if self.begin_anew(turns, rate, from).await?.is_done() {
                return instant(from);
            }
        }
        Err(StoreError::new("take turn", "others were faster every time"))
    }

    /// Until when the connector is or was closed; none if it works. The read may be stale.
    pub async fn get_closed_until(&self, turns: Bucket<'_>) -> Result<Option<Timestamp>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(turns.key()));
        let out = get.send().await.map_err(StoreError::sdk("get closed until"))?;
        let until = out.item.as_ref().and_then(|item| number(item, "closed_until"));
        until.map(instant).transpose()
    }

    /// Closes the connector until then. If it is already closed for longer, that stays, unless this caller `decides`.
    pub async fn close_turns(&self, turns: Bucket<'_>, until: Timestamp, decides: bool) -> Result<(), StoreError> {
        let update = self.closing(turns, until);
        let longer = "attribute_not_exists(closed_until) OR closed_until < :until";
        let update = if decides { update } else { update.condition_expression(longer) };
        written("close turns", update.send().await).map(drop)
    }

    /// Closes the connector until `until`, for all deliveries but one: of those that read `was`, one gets `true` and tests the connector.
    pub async fn try_turns(&self, turns: Bucket<'_>, was: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let update = self.closing(turns, until).condition_expression("closed_until = :was");
        let update = update.expression_attribute_values(":was", n(was.as_millisecond()));
        Ok(written("try turns", update.send().await)?.is_done())
    }

    /// Opens the connector again.
    pub async fn open_turns(&self, turns: Bucket<'_>) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(turns.key()));
        let update = update.update_expression("REMOVE closed_until").condition_expression("attribute_exists(pk)");
        written("open turns", update.send().await).map(drop)
    }

    fn closing(&self, turns: Bucket<'_>, until: Timestamp) -> UpdateItemFluentBuilder {
        let until = until.as_millisecond();
        let update = self.client.update_item().table_name(&self.table).set_key(Some(turns.key()));
        update
            .update_expression(
                "SET ws = :ws, closed_until = :until, full_at = if_not_exists(full_at, :zero), #ttl = :ttl",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ws", s(turns.workspace()))
            .expression_attribute_values(":until", n(until))
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":ttl", n((until + KEPT_MS).div_euclid(1_000)))
    }
}

fn instant(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|e| StoreError::new("read turn", e))
}
