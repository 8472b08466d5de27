//! Dead letters: deliveries that were given up, to be looked at and tried again by hand.

use crate::item::{DOC, document, n, read, s};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::ReturnValue;
use domain::{Timestamp, Workspace};
use serde::{Deserialize, Serialize};

/// A delivery that was given up: an approval that one connector did not take, to be looked at and tried again by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// `<approval>.<connector>`.
    pub id: String,
    /// The approval.
    pub request_id: String,
    /// The connector.
    pub connector_id: String,
    /// Its name then.
    pub connector_name: String,
    /// When it was given up.
    pub timestamp: Timestamp,
    /// What the vendor said last.
    pub message: String,
    /// The vendor's HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
}

impl Store {
    /// Stores a dead letter until its approval is purged. An approval and a connector have one dead letter, the newest.
    pub async fn put_dead_letter(
        &self,
        workspace: &Workspace,
        letter: &DeadLetter,
        purge_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = keys::dead_letter(workspace, &letter.id);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert("ttl".into(), n(purge_at.as_second()));
        item.insert(DOC.into(), document(letter)?);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put dead letter"))
    }

    /// The dead letters of a workspace after one, in the order of their ids.
    pub async fn list_dead_letters(
        &self,
        workspace: &Workspace,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(limit);
        let query = query
            .key_condition_expression("pk = :pk AND sk > :after")
            .expression_attribute_values(":pk", s(keys::dead_letters(workspace)))
            .expression_attribute_values(":after", s(after.unwrap_or(" ")));
        let out = query.send().await.map_err(StoreError::sdk("list dead letters"))?;
        out.items().iter().map(read).collect()
    }

    /// One dead letter.
    pub async fn get_dead_letter(&self, workspace: &Workspace, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        let key = keys::dead_letter(workspace, id);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get dead letter"))?;
        out.item.as_ref().map(read).transpose()
    }

    /// Deletes a dead letter, and returns it if there was one.
    pub async fn take_dead_letter(&self, workspace: &Workspace, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        let key = keys::dead_letter(workspace, id);
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        let out = delete.return_values(ReturnValue::AllOld).send().await;
        let out = out.map_err(StoreError::sdk("take dead letter"))?;
        out.attributes.as_ref().map(read).transpose()
    }
}
