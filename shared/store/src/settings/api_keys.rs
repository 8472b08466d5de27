//! API keys: found by the hash of what the caller sends, listed by workspace.

use crate::item::{DOC, Item, document, key, read, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use domain::{Principal, Role, Timestamp, Workspace};
use serde::{Deserialize, Serialize};

/// An API key; the secret itself is not among it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    /// `key_…`.
    pub id: String,
    /// Whose it is.
    pub workspace: Workspace,
    /// For people.
    pub name: String,
    /// `agent:<slug>` or `user:<email>`.
    pub subject: Principal,
    /// What its holder may do.
    pub roles: Vec<Role>,
    /// On whose behalf it acts: excluded from deciding what it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// SHA-256 of the secret; never shown.
    pub hash: String,
}

impl Store {
    /// The key of a hash. Read consistently, a revoked one is refused at once; else within a moment, for half the price.
    pub async fn get_api_key(&self, hash: &str, consistent: bool) -> Result<Option<ApiKey>, StoreError> {
        let key = keys::api_key(hash);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(consistent);
        let out = get.send().await.map_err(StoreError::sdk("get api key"))?;
        let live = out.item.as_ref().filter(|item| !item.contains_key("revoked"));
        live.map(read).transpose()
    }

    /// Puts a new key and its place in the list, both or neither.
    pub async fn put_api_key(&self, new: &ApiKey) -> Result<(), StoreError> {
        let listed = key(keys::api_keys(&new.workspace), &new.id);
        let puts = [keys::api_key(&new.hash), listed].map(|at| self.put_of(at, new));
        let [by_hash, listed] = puts;
        let write = self.client.transact_write_items().transact_items(by_hash?).transact_items(listed?);
        write.send().await.map(drop).map_err(StoreError::sdk("put api key"))
    }

    fn put_of(&self, mut item: Item, new: &ApiKey) -> Result<TransactWriteItem, StoreError> {
        item.insert("ws".into(), s(new.workspace.as_str()));
        item.insert(DOC.into(), document(new)?);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)");
        let put = put.build().map_err(StoreError::sdk("put api key"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// A key of a workspace by its id, with when it was revoked.
    pub async fn get_listed_api_key(
        &self,
        workspace: &Workspace,
        id: &str,
    ) -> Result<Option<(ApiKey, Option<Timestamp>)>, StoreError> {
        let listed = key(keys::api_keys(workspace), id);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(listed)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get listed api key"))?;
        out.item.as_ref().map(row).transpose()
    }

    /// Marks a key revoked in both places; `false` where the workspace has no such key. Repeating it changes nothing.
    pub async fn revoke_api_key(&self, workspace: &Workspace, id: &str, at: Timestamp) -> Result<bool, StoreError> {
        let Some((found, _)) = self.get_listed_api_key(workspace, id).await? else { return Ok(false) };
        let marks = [keys::api_key(&found.hash), key(keys::api_keys(workspace), id)]
            .map(|place| self.mark_revoked(place, workspace, at));
        let [by_hash, listed] = marks;
        let write = self.client.transact_write_items().transact_items(by_hash?).transact_items(listed?);
        write.send().await.map(|_| true).map_err(StoreError::sdk("revoke api key"))
    }

    fn mark_revoked(&self, place: Item, workspace: &Workspace, at: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(place))
            .update_expression("SET revoked = if_not_exists(revoked, :at)")
            .condition_expression("ws = :ws")
            .expression_attribute_values(":at", s(keys::time(at)))
            .expression_attribute_values(":ws", s(workspace.as_str()));
        let update = update.build().map_err(StoreError::sdk("revoke api key"))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The keys of a workspace with when they were revoked, in the order of their ids.
    pub async fn list_api_keys(
        &self,
        workspace: &Workspace,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Vec<(ApiKey, Option<Timestamp>)>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).limit(limit);
        let query = query
            .key_condition_expression("pk = :pk AND sk > :after")
            .expression_attribute_values(":pk", s(keys::api_keys(workspace)))
            .expression_attribute_values(":after", s(after.unwrap_or("key_")));
        let out = query.send().await.map_err(StoreError::sdk("list api keys"))?;
        out.items().iter().map(row).collect()
    }
}

/// A key, and when it was revoked.
fn row(item: &Item) -> Result<(ApiKey, Option<Timestamp>), StoreError> {
    Ok((read(item)?, text(item, "revoked").and_then(|at| at.parse().ok())))
}
