//! What is due later: items by minute, written before what they guard, with TTL; and the cursor of the minutes that are done.

use crate::item::{DOC, Item, document, n, number, read, s};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::{ApprovalId, Workspace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is to be done when the time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Puts something due. Putting it again changes nothing.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn put_due(&self, due: &Due) -> Result<(), StoreError> {
        let pk = keys::due(keys::minute(due.at), keys::shard(&due.id));
        let mut item = crate::item::key(pk, format!("{}#{}#{}", keys::time(due.at), due.kind.word(), due.id));
        item.insert("ws".into(), s(due.workspace.as_str()));
        item.insert(DOC.into(), document(due)?);
        // Rounded up: it is not gone before it is due.
        item.insert("ttl".into(), n(due.at.as_millisecond().div_euclid(1_000) + 1));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put due"))
    }

    /// What is due in a minute up to an instant, of all workspaces.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn list_due(&self, minute: i64, until: Timestamp) -> Result<Vec<Due>, StoreError> {
        let mut all = Vec::new();
        for shard in 0..keys::SHARDS {
            let query = self.client.query().table_name(&self.table).consistent_read(true);
            let mut pages = query
                .key_condition_expression("pk = :pk AND sk < :until")
                .expression_attribute_values(":pk", s(keys::due(minute, shard)))
                .expression_attribute_values(":until", s(format!("{}$", keys::time(until))))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                for item in page.map_err(StoreError::sdk("list due"))?.items() {
                    all.push(read(item)?);
                }
            }
        }
        Ok(all)
    }

    /// The last minute of which everything was done; `None` before the first sweep.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn get_sweep_cursor(&self) -> Result<Option<i64>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::cursor())).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get sweep cursor"))?;
        Ok(out.item.as_ref().and_then(|i| number(i, "minute_done")))
    }

    /// Moves the cursor forward; never back.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn advance_sweep_cursor(&self, minute: i64) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(keys::cursor()));
        let update = update
            .update_expression("SET minute_done = :m")
            .condition_expression("attribute_not_exists(pk) OR minute_done < :m")
            .expression_attribute_values(":m", n(minute));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if e.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) => {
                Ok(())
            }
            Err(e) => Err(StoreError::sdk("advance sweep cursor")(e)),
        }
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
