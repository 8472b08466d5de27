//! Rates: token buckets, each kept as the time at which it will be full again (GCRA), so that a taking is one conditional write.

use crate::condition::{Written, written};
use crate::item::{Item, n, number, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld};
use domain::{ApprovalId, Timestamp, Workspace};
use futures::future::try_join_all;
use std::sync::atomic::Ordering;

/// How long a bucket is kept that nobody fills any more, in milliseconds: far longer than any takes to be full again.
pub(crate) const KEPT_MS: i64 = 2 * 24 * 3_600_000;
/// The same of a workspace's, which also says until when there are refusals: those of the longest cooldown.
const CREATES_KEPT_MS: i64 = 32 * 24 * 3_600_000;

/// A bucket's size and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What it counts, as the rate-limit headers name it.
    pub name: &'static str,
    /// Tokens that may be taken at once, and that come back in one window.
    pub burst: u64,
    /// The window, in seconds.
    pub window_sec: u64,
}

impl Rate {
    /// Milliseconds until one token comes back.
    pub fn every_ms(self) -> i64 {
        (self.window_sec as i64 * 1_000 / (self.burst.max(1) as i64)).max(1)
    }

    fn span_ms(self) -> i64 {
        self.every_ms().saturating_mul(self.burst as i64)
    }
}

/// Whose bucket.
#[derive(Clone, Copy, Debug)]
pub enum Bucket<'a> {
    /// Requests of a workspace.
    Creates(&'a Workspace),
    /// Requests of a workspace that the policy lets through.
    Allowed(&'a Workspace),
    /// Re-requests of one lineage, by its first approval.
    ReRequests(&'a Workspace, &'a ApprovalId),
    /// Turns at a connector for what comes back to it, by the deliveries' id.
    Turns(&'a Workspace, &'a str),
}

impl Bucket<'_> {
    pub(crate) fn key(self) -> Item {
        match self {
            Self::Creates(workspace) => keys::creates(workspace),
            Self::Allowed(workspace) => keys::allowed(workspace),
            Self::ReRequests(workspace, root) => keys::re_requests(workspace, root),
            Self::Turns(workspace, delivery) => keys::turns(workspace, delivery),
        }
    }

    fn kept_ms(self) -> i64 {
        if matches!(self, Self::Creates(_)) { CREATES_KEPT_MS } else { KEPT_MS }
    }

    pub(crate) fn workspace(&self) -> &str {
        let (Self::Creates(workspace)
        | Self::Allowed(workspace)
        | Self::ReRequests(workspace, _)
        | Self::Turns(workspace, _)) = self;
        workspace.as_str()
    }
}

/// What came of a taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One was taken; so many are left.
    Yes {
        /// Tokens left.
        left: u64,
        /// Whether something was refused in the workspace of late ([`crate::refusals`]).
        refusals: bool,
    },
    /// None is left.
    No {
        /// Milliseconds until one comes back.
        wait_ms: i64,
    },
}

/// Whether a bucket says that something was refused of late.
fn are_refusals(bucket: &Item, now: i64) -> bool {
    number(bucket, "refusals_until").is_some_and(|until| now < until)
}

impl Store {
    /// Takes a token of a bucket: one write, or two where the guess about whether it is full was wrong.
    pub async fn take_token(&self, bucket: Bucket<'_>, rate: Rate, now: Timestamp) -> Result<Taken, StoreError> {
        let now = now.as_millisecond();
        let mut used = self.bucket_full_at.load(Ordering::Relaxed) > now;
        for _ in 0..8 {
            if used && let Some(taken) = self.take_from_used(bucket, rate, now).await? {
                return Ok(taken);
            }
            let standing = match self.begin_anew(bucket, rate, now).await? {
                Written::Done(begun) => {
                    let refusals = are_refusals(&begun, now);
                    return Ok(Taken::Yes { left: rate.burst.saturating_sub(1), refusals });
                }
                Written::Lost(standing) => standing,
            };
            let full_at = standing.as_ref().and_then(|i| number(i, "full_at")).unwrap_or(now);
            let over = full_at + rate.every_ms() - now - rate.span_ms();
            if over > 0 {
                return Ok(Taken::No { wait_ms: over });
            }
            used = true;
        }
        Ok(Taken::No { wait_ms: rate.every_ms() })
    }

    /// Workspaces that asked for something since an instant, by their buckets; perhaps some that asked a little earlier.
    pub async fn list_asking(&self, since: Timestamp) -> Result<Vec<Workspace>, StoreError> {
        let shards = (0..keys::SHARDS).map(|shard| self.asking_of(keys::asking(shard), since));
        Ok(try_join_all(shards).await?.concat())
    }

    async fn asking_of(&self, pk: String, since: Timestamp) -> Result<Vec<Workspace>, StoreError> {
        let query = self.client.query().table_name(&self.table);
        let mut pages = query
            .key_condition_expression("pk = :pk")
            // Taking a token moves the time at which the bucket is full past the taking.
            .filter_expression("full_at > :since")
            .expression_attribute_values(":pk", s(pk))
            .expression_attribute_values(":since", n(since.as_millisecond()))
            .into_paginator()
            .send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(StoreError::sdk("list asking"))?;
            all.extend(page.items().iter().filter_map(|item| Workspace::parse(text(item, "ws")?)));
        }
        Ok(all)
    }

    /// Gives a token back that was taken for nothing.
    pub async fn return_token(&self, bucket: Bucket<'_>, rate: Rate, now: Timestamp) -> Result<(), StoreError> {
        self.step_bucket(bucket, -rate.every_ms(), (now.as_millisecond(), i64::MAX)).await.map(drop)
    }

    /// From a bucket that is not full: moves the time it will be by one token, if there is room.
    async fn take_from_used(&self, bucket: Bucket<'_>, rate: Rate, now: i64) -> Result<Option<Taken>, StoreError> {
        let most = now + rate.span_ms() - rate.every_ms();
        let Some(stepped) = self.step(bucket, rate.every_ms(), (now, most)).await? else { return Ok(None) };
        let full_at = number(&stepped, "full_at").unwrap_or(now);
        self.remember_bucket(bucket, full_at);
        let left = ((now + rate.span_ms() - full_at).max(0) / rate.every_ms()) as u64;
        Ok(Some(Taken::Yes { left, refusals: are_refusals(&stepped, now) }))
    }

    /// From a bucket that is full, or new, which is the answer; what stands there where it is neither.
    pub(crate) async fn begin_anew(
        &self,
        bucket: Bucket<'_>,
        rate: Rate,
        now: i64,
    ) -> Result<Written<Item>, StoreError> {
        let next = now + rate.every_ms();
        let update = self.client.update_item().table_name(&self.table).set_key(Some(bucket.key()));
        let update = update
            .update_expression("SET ws = :ws, full_at = :next, #ttl = :ttl")
            .condition_expression("attribute_not_exists(pk) OR full_at <= :now")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ws", s(bucket.workspace()))
            .expression_attribute_values(":now", n(now))
            .expression_attribute_values(":next", n(next))
            .expression_attribute_values(":ttl", n((now + bucket.kept_ms()).div_euclid(1_000)))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(AllOld);
        Ok(match written("take token", update.send().await)? {
            Written::Done(out) => {
                self.remember_bucket(bucket, next);
                Written::Done(out.attributes.unwrap_or_default())
            }
            Written::Lost(standing) => Written::Lost(standing),
        })
    }

    /// Which write to try first next time: only a workspace's bucket is used often enough to be worth a guess.
    fn remember_bucket(&self, bucket: Bucket<'_>, full_at: i64) {
        if let Bucket::Creates(_) = bucket {
            self.bucket_full_at.store(full_at, Ordering::Relaxed);
        }
    }

    /// Moves the time a used bucket is full at; the new time, or none where it is full, or there is no room.
    pub(crate) async fn step_bucket(
        &self,
        bucket: Bucket<'_>,
        step_ms: i64,
        (now, most): (i64, i64),
    ) -> Result<Option<i64>, StoreError> {
        Ok(self.step(bucket, step_ms, (now, most)).await?.and_then(|item| number(&item, "full_at")))
    }

    /// The same; the bucket as it is then. One that is used without ever being full is kept, too.
    async fn step(
        &self,
        bucket: Bucket<'_>,
        step_ms: i64,
        (now, most): (i64, i64),
    ) -> Result<Option<Item>, StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(bucket.key()));
        let update = update
            .update_expression("SET full_at = full_at + :step, #ttl = :ttl")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ttl", n((now + bucket.kept_ms()).div_euclid(1_000)))
            .condition_expression("ws = :ws AND full_at > :now AND full_at <= :next")
            .expression_attribute_values(":ws", s(bucket.workspace()))
            .expression_attribute_values(":step", n(step_ms))
            .expression_attribute_values(":now", n(now))
            .expression_attribute_values(":next", n(most))
            .return_values(ReturnValue::AllNew);
        Ok(match written("take token", update.send().await)? {
            Written::Done(out) => out.attributes,
            Written::Lost(_) => None,
        })
    }
}
