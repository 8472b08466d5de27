//! Rates: one token bucket a workspace, as the time at which it will be full again (GCRA), so that a taking is one conditional write.

use crate::item::{Item, n, number, s};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld};
use domain::{Timestamp, Workspace};
use std::sync::atomic::Ordering;

/// A bucket's size and speed.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Tokens that may be taken at once.
    pub burst: u64,
    /// Milliseconds until one comes back.
    pub every_ms: i64,
}

impl Rate {
    /// So many a minute, as many at once.
    pub fn per_minute(count: u64) -> Self {
        Self { burst: count, every_ms: (60_000 / count.max(1) as i64).max(1) }
    }

    fn span_ms(self) -> i64 {
        self.every_ms.saturating_mul(self.burst as i64)
    }
}

/// What came of a taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One was taken; so many are left.
    Yes {
        /// Tokens left.
        left: u64,
    },
    /// None is left.
    No {
        /// Milliseconds until one comes back.
        wait_ms: i64,
    },
}

impl Store {
    /// Takes a token of the workspace's bucket: one write, or two where another instance used it since.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn take_create_token(
        &self,
        workspace: &Workspace,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let now = now.as_millisecond();
        let mut used = self.bucket_full_at.load(Ordering::Relaxed) > now;
        for _ in 0..8 {
            if used && let Some(left) = self.take_from_used(workspace, rate, now).await? {
                return Ok(Taken::Yes { left });
            }
            let Err(standing) = self.begin_anew(workspace, rate, now).await? else {
                return Ok(Taken::Yes { left: rate.burst.saturating_sub(1) });
            };
            let full_at = standing.as_ref().and_then(|i| number(i, "full_at")).unwrap_or(now);
            let over = full_at + rate.every_ms - now - rate.span_ms();
            if over > 0 {
                return Ok(Taken::No { wait_ms: over });
            }
            used = true;
        }
        Ok(Taken::No { wait_ms: rate.every_ms })
    }

    /// From a bucket that is not full: moves the time it will be by one token, if there is room. The tokens left.
    async fn take_from_used(&self, workspace: &Workspace, rate: Rate, now: i64) -> Result<Option<u64>, StoreError> {
        let room = "ws = :ws AND full_at > :now AND full_at <= :next";
        let most = now + rate.span_ms() - rate.every_ms;
        let Ok(full_at) = self.step_bucket(workspace, room, rate.every_ms, (now, most)).await? else { return Ok(None) };
        self.bucket_full_at.store(full_at, Ordering::Relaxed);
        Ok(Some(((now + rate.span_ms() - full_at).max(0) / rate.every_ms) as u64))
    }

    /// From a bucket that is full, or new.
    async fn begin_anew(
        &self,
        workspace: &Workspace,
        rate: Rate,
        now: i64,
    ) -> Result<Result<(), Option<Item>>, StoreError> {
        let next = now + rate.every_ms;
        let anew = "attribute_not_exists(pk) OR full_at <= :now";
        let moved = self.move_bucket(workspace, "SET ws = :ws, full_at = :next", anew, (now, next)).await?;
        if moved.is_ok() {
            self.bucket_full_at.store(next, Ordering::Relaxed);
        }
        Ok(moved.map(drop))
    }

    /// Gives a token back that was taken for nothing.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn return_create_token(
        &self,
        workspace: &Workspace,
        rate: Rate,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let range = (now.as_millisecond(), i64::MAX);
        self.step_bucket(workspace, "ws = :ws AND full_at > :now AND full_at <= :next", -rate.every_ms, range)
            .await
            .map(drop)
    }

    async fn move_bucket(
        &self,
        workspace: &Workspace,
        update: &str,
        condition: &str,
        (now, next): (i64, i64),
    ) -> Result<Result<Option<Item>, Option<Item>>, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::bucket(workspace)))
            .update_expression(update);
        let update = update
            .condition_expression(condition)
            .expression_attribute_values(":ws", s(workspace.as_str()))
            .expression_attribute_values(":now", n(now))
            .expression_attribute_values(":next", n(next))
            .return_values_on_condition_check_failure(AllOld);
        let sent = update.send().await;
        match sent {
            Ok(out) => Ok(Ok(out.attributes)),
            Err(e) => match e.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(Err(failed.item.clone())),
                _ => Err(StoreError::sdk("take create token")(e)),
            },
        }
    }

    /// Moves the time the bucket is full at; the new time, or the loss of a race.
    async fn step_bucket(
        &self,
        workspace: &Workspace,
        condition: &str,
        step_ms: i64,
        (now, most): (i64, i64),
    ) -> Result<Result<i64, ()>, StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(keys::bucket(workspace)));
        let update = update
            .update_expression("SET full_at = full_at + :step")
            .condition_expression(condition)
            .expression_attribute_values(":ws", s(workspace.as_str()))
            .expression_attribute_values(":step", n(step_ms))
            .expression_attribute_values(":now", n(now))
            .expression_attribute_values(":next", n(most))
            .return_values(ReturnValue::UpdatedNew);
        match update.send().await {
            Ok(out) => Ok(out.attributes.as_ref().and_then(|a| number(a, "full_at")).ok_or(())),
            Err(e) if e.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {
                Ok(Err(()))
            }
            Err(e) => Err(StoreError::sdk("take create token")(e)),
        }
    }
}
