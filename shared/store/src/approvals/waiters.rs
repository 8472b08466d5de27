//! Waiters: WebSocket connections that wait for an approval, stored in the approval's partition.

use crate::condition::written;
use crate::item::{Item, n, number, s, text};
use crate::{Store, StoreError, keys};
use domain::{ApprovalId, Timestamp};
use jiff::SignedDuration;

/// How long a waiter is kept: a connection lasts at most two hours (API Gateway quotas, WebSocket API).
const KEPT: SignedDuration = SignedDuration::from_mins(130);

/// The attribute of how often a waiter was put off; most have none.
const PUT_OFF: &str = "off";

/// A connection that waits for an approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    /// The approval.
    pub id: ApprovalId,
    /// The connection's id.
    pub connection: String,
    /// The hash of the token that the connection waits with. It stands for the workspace, and is compared before anything is sent.
    pub token_hash: String,
    /// When it was registered.
    pub at: Timestamp,
    /// How often it was put off since, because the connection was not there yet.
    pub put_off: u64,
}

impl Store {
    /// Registers a waiter, in place of an earlier registration of the same connection for the same approval.
    pub async fn put_waiter(&self, waiter: &Waiter) -> Result<(), StoreError> {
        let mut item = keys::waiter(&waiter.id, &waiter.connection);
        item.insert("th".into(), s(&waiter.token_hash));
        item.insert("at".into(), n(waiter.at.as_millisecond()));
        item.insert("ttl".into(), n((waiter.at + KEPT).as_second()));
        if waiter.put_off > 0 {
            item.insert(PUT_OFF.into(), n(waiter.put_off));
        }
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put waiter"))
    }

    /// Reads whether a connection waits for an approval, consistently.
    pub async fn get_waiter(&self, id: &ApprovalId, connection: &str) -> Result<Option<Waiter>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(keys::waiter(id, connection)));
        let out = get.consistent_read(true).send().await.map_err(StoreError::sdk("get waiter"))?;
        Ok(out.item.as_ref().and_then(from_image))
    }

    /// Counts that a waiter was put off, unless it was registered again since: the change comes out of the stream, and it is greeted
    /// once more.
    pub async fn put_off_waiter(&self, waiter: &Waiter) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .set_key(Some(keys::waiter(&waiter.id, &waiter.connection)))
            .update_expression("SET #off = :off")
            .condition_expression("th = :th AND #at = :at")
            .expression_attribute_names("#off", PUT_OFF)
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":off", n(waiter.put_off + 1))
            .expression_attribute_values(":th", s(&waiter.token_hash))
            .expression_attribute_values(":at", n(waiter.at.as_millisecond()));
        written("put off waiter", update.send().await).map(drop)
    }

    /// Forgets a waiter whose connection is gone, unless it was registered again since.
    pub async fn delete_waiter(&self, waiter: &Waiter) -> Result<(), StoreError> {
        let key = keys::waiter(&waiter.id, &waiter.connection);
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        let delete = delete
            .condition_expression("th = :th AND #at = :at")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":th", s(&waiter.token_hash))
            .expression_attribute_values(":at", n(waiter.at.as_millisecond()));
        written("delete waiter", delete.send().await).map(drop)
    }
}

/// Reads a waiter; `None` where the item is of something else.
pub fn from_image(item: &Item) -> Option<Waiter> {
    let connection = text(item, "sk")?.strip_prefix(keys::WAITER)?.to_owned();
    Some(Waiter {
        id: ApprovalId::parse(text(item, "pk")?)?,
        connection,
        token_hash: text(item, "th")?.to_owned(),
        at: Timestamp::from_millisecond(number(item, "at")?).ok()?,
        put_off: number(item, PUT_OFF).and_then(|count| count.try_into().ok()).unwrap_or_default(),
    })
}
