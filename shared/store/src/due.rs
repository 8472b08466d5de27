//! What is due later: items by minute, written before what they guard, with TTL; and the cursor of the minutes that are done.

use crate::approvals::lists::Place;
use crate::condition::written;
use crate::item::{DOC, Item, document, n, number, read, s, text};
use crate::{Store, StoreError, keys};
use domain::{ApprovalId, Workspace};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long TTL leaves a timer after its time. A timer is stored before its approval, which is written within a minute or never: what TTL
/// removes earlier could find no approval, and nothing would look for it again.
const KEPT: SignedDuration = SignedDuration::from_secs(90);

/// What is to be done when the time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// Expire the approval, if it is still open.
    Deadline,
    /// Escalate the approval, if it is still open.
    Escalation,
    /// Try its deliveries again.
    Delivery,
}

impl DueKind {
    fn word(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Escalation => "escalation",
            Self::Delivery => "delivery",
        }
    }
}

/// Something to be done for an approval at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Due {
    /// What.
    pub kind: DueKind,
    /// Whose.
    pub workspace: Workspace,
    /// For which approval.
    pub id: ApprovalId,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Stores a timer. Storing it again changes nothing.
    pub async fn put_due(&self, due: &Due) -> Result<(), StoreError> {
        let pk = keys::due(keys::minute(due.at), keys::shard(&due.workspace));
        let place = keys::due_place(&due.workspace, due.kind.word(), &keys::order_at(due.at, &due.id));
        let mut item = crate::item::key(pk, place);
        item.insert("ws".into(), s(due.workspace.as_str()));
        item.insert(DOC.into(), document(due)?);
        // Rounded up: the timer is kept for no less.
        item.insert("ttl".into(), n((due.at + KEPT).as_millisecond().div_euclid(1_000) + 1));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put due"))
    }

    /// What is due in a minute up to an instant, of all workspaces.
    pub async fn list_due(&self, minute: i64, until: Timestamp) -> Result<Vec<Due>, StoreError> {
        self.due_of(minute, until, true).await
    }

    /// The same for half the price. The read may be stale, so a timer may be missing; a later read finds it.
    pub async fn glance_at_due(&self, minute: i64, until: Timestamp) -> Result<Vec<Due>, StoreError> {
        self.due_of(minute, until, false).await
    }

    async fn due_of(&self, minute: i64, until: Timestamp, consistent: bool) -> Result<Vec<Due>, StoreError> {
        let shards = (0..keys::SHARDS).map(|shard| self.due_of_shard(keys::due(minute, shard), consistent));
        let mut all = try_join_all(shards).await?.concat();
        all.retain(|due| due.at <= until);
        Ok(all)
    }

    async fn due_of_shard(&self, pk: String, consistent: bool) -> Result<Vec<Due>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(consistent);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(pk));
        let mut pages = query.into_paginator().send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(StoreError::sdk("list due"))?.items() {
                all.push(read(item)?);
            }
        }
        Ok(all)
    }

    /// Places of a workspace's approvals whose deadlines lie in a minute and have come, latest first, after a place's order key: where
    /// they will be on the shelf of what has expired, if nobody decided in time.
    pub async fn list_deadlines(
        &self,
        workspace: &Workspace,
        minute: i64,
        now: Timestamp,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Vec<Place>, StoreError> {
        let place = |order: &str| keys::due_place(workspace, DueKind::Deadline.word(), order);
        // The sign after `#`: what is due this very millisecond is in, whatever its id.
        let now = format!("{}$", keys::time(now));
        let before = after.filter(|after| *after < now.as_str()).unwrap_or(&now);
        let query = self.client.query().table_name(&self.table).scan_index_forward(false).limit(limit);
        let query = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", s(keys::due(minute, keys::shard(workspace))))
            .expression_attribute_values(":first", s(place("")))
            .expression_attribute_values(":last", s(place(before)));
        let out = query.send().await.map_err(StoreError::sdk("list deadlines"))?;
        let order = |item: &Item| text(item, "sk").and_then(|sk| sk.strip_prefix(&place("")).map(str::to_owned));
        let found = out.items().iter().filter_map(order).filter(|order| order != before);
        Ok(found.filter_map(|order| Some(Place { id: keys::id_of(&order)?, order })).collect())
    }

    /// The last minute of which everything was done; `None` before the first sweep.
    pub async fn get_sweep_cursor(&self) -> Result<Option<i64>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::cursor())).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get sweep cursor"))?;
        Ok(out.item.as_ref().and_then(|i| number(i, "minute_done")))
    }

    /// Moves the cursor forward; never back.
    pub async fn advance_sweep_cursor(&self, minute: i64) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(keys::cursor()));
        let update = update
            .update_expression("SET minute_done = :m")
            .condition_expression("attribute_not_exists(pk) OR minute_done < :m")
            .expression_attribute_values(":m", n(minute));
        written("advance sweep cursor", update.send().await).map(drop)
    }
}

/// Reads a due item out of the table's stream, as TTL removed it; `None` where the image is of something else.
pub fn from_image(old: &Item) -> Option<Due> {
    let pk = old.get("pk").and_then(|v| v.as_s().ok())?;
    pk.starts_with("due#").then(|| read(old).ok()).flatten()
}

/// The minute, since 1970, that an instant lies in.
pub fn minute_of(at: Timestamp) -> i64 {
    keys::minute(at)
}

/// When a minute begins.
pub fn start_of(minute: i64) -> Timestamp {
    Timestamp::from_second(minute.saturating_mul(60)).unwrap_or(Timestamp::UNIX_EPOCH)
}
