//! Connectors: one item each, one that holds its name and one that finds its workspace, all or none; and the workspace's defaults.

pub(crate) mod homes;

use crate::condition::written;
use crate::item::{DOC, Item, document, key, n, number, read, s};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::connector::{Kind, Mode};
use domain::{Timestamp, Workspace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A connector as it is kept: secrets sealed, beside what may be shown of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connector {
    /// `ac_…`.
    pub id: String,
    /// Unique in its workspace, whatever its case.
    pub name: String,
    /// Whose API it speaks.
    pub kind: Kind,
    /// The endpoint as it may be shown.
    pub endpoint: String,
    /// The headers as they may be shown.
    pub headers: BTreeMap<String, String>,
    /// Endpoint and headers in the clear, sealed.
    pub sealed: String,
    /// Whether approvals are delivered through it.
    pub enabled: bool,
    /// Seconds that one attempt may take; the workspace's default where nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Slack's strict mode.
    #[serde(default)]
    pub strict: bool,
    /// Why it was disabled, where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_because: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Counts up with every change, as of when this was read.
    #[serde(skip)]
    pub version: u64,
}

/// What holds where a policy or a connector does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defaults {
    /// In which order connectors are tried.
    pub mode: Mode,
    /// Whether an approval waits in the console when none takes it; else it is denied.
    pub fallback_to_ui: bool,
    /// Seconds that one attempt may take.
    pub timeout_seconds: u64,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { mode: Mode::FirstSuccess, fallback_to_ui: true, timeout_seconds: 10 }
    }
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is written.
    Done,
    /// Another connector has the name.
    NameTaken,
    /// It was changed or deleted meanwhile.
    Changed,
}

impl Store {
    /// Puts a new connector, its name, and where it is found by its id.
    pub async fn put_new_connector(&self, workspace: &Workspace, new: &Connector) -> Result<Kept, StoreError> {
        let (connector, name) = (self.put_connector(workspace, new, 0)?, self.put_name(workspace, new)?);
        self.keep(vec![connector, name, self.put_home(workspace, new)?]).await
    }

    /// Replaces a connector at the version it was read at; under another name, that moves too.
    pub async fn replace_connector(
        &self,
        workspace: &Workspace,
        before: &Connector,
        next: &Connector,
    ) -> Result<Kept, StoreError> {
        let mut writes = vec![self.put_connector(workspace, next, before.version)?];
        if folded(&before.name) != folded(&next.name) {
            writes.push(self.put_name(workspace, next)?);
            writes.push(self.delete_at(keys::connector_name(workspace, &folded(&before.name)), &before.id, "id")?);
        }
        self.keep(writes).await
    }

    /// Deletes a connector, its name, and where it is found by its id.
    pub async fn delete_connector(&self, workspace: &Workspace, connector: &Connector) -> Result<Kept, StoreError> {
        let at = keys::connector(workspace, &connector.id);
        let name = keys::connector_name(workspace, &folded(&connector.name));
        let (at, name) = (self.delete_at(at, &connector.id, "id")?, self.delete_at(name, &connector.id, "id")?);
        self.keep(vec![at, name, self.delete_home(workspace, &connector.id)?]).await
    }

    /// A connector, consistently.
    pub async fn get_connector(&self, workspace: &Workspace, id: &str) -> Result<Option<Connector>, StoreError> {
        let key = keys::connector(workspace, id);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get connector"))?;
        out.item.as_ref().map(connector).transpose()
    }

    /// Every connector of a workspace, in the order they were made.
    pub async fn list_connectors(&self, workspace: &Workspace) -> Result<Vec<Connector>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let mut pages = query
            .key_condition_expression("pk = :pk AND begins_with(sk, :ac)")
            .expression_attribute_values(":pk", s(keys::connectors(workspace)))
            .expression_attribute_values(":ac", s("ac_"))
            .into_paginator()
            .send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(StoreError::sdk("list connectors"))?.items() {
                all.push(connector(item)?);
            }
        }
        all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(all)
    }

    /// The workspace's defaults.
    pub async fn get_connector_defaults(&self, workspace: &Workspace) -> Result<Defaults, StoreError> {
        let key = key(keys::connectors(workspace), keys::DEFAULTS);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get connector defaults"))?;
        Ok(out.item.as_ref().map(read).transpose()?.unwrap_or_default())
    }

    /// Puts the workspace's defaults in place of what they were.
    pub async fn put_connector_defaults(&self, workspace: &Workspace, defaults: &Defaults) -> Result<(), StoreError> {
        let mut item = key(keys::connectors(workspace), keys::DEFAULTS);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert(DOC.into(), document(defaults)?);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put connector defaults"))
    }

    /// Disables a connector and says why, unless it was changed since it was read.
    pub async fn disable_connector(
        &self,
        workspace: &Workspace,
        connector: &Connector,
        because: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let next = Connector {
            enabled: false,
            disabled_because: Some(because.to_owned()),
            updated_at: now,
            ..connector.clone()
        };
        let update = self.client.update_item().table_name(&self.table);
        let update = update
            .set_key(Some(keys::connector(workspace, &connector.id)))
            .update_expression("SET #doc = :doc, v = :next")
            .condition_expression("ws = :ws AND v = :v")
            .expression_attribute_names("#doc", DOC)
            .expression_attribute_values(":doc", document(&next)?)
            .expression_attribute_values(":ws", s(workspace.as_str()))
            .expression_attribute_values(":v", n(connector.version))
            .expression_attribute_values(":next", n(connector.version + 1));
        Ok(written("disable connector", update.send().await)?.is_done())
    }

    fn put_connector(
        &self,
        workspace: &Workspace,
        connector: &Connector,
        version: u64,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keys::connector(workspace, &connector.id);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert("id".into(), s(&connector.id));
        item.insert("v".into(), n(version + 1));
        item.insert(DOC.into(), document(connector)?);
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match version {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            _ => put
                .condition_expression("ws = :ws AND v = :v")
                .expression_attribute_values(":ws", s(workspace.as_str()))
                .expression_attribute_values(":v", n(version)),
        };
        let put = put.build().map_err(StoreError::sdk("put connector"))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn put_name(&self, workspace: &Workspace, connector: &Connector) -> Result<TransactWriteItem, StoreError> {
        let mut item = keys::connector_name(workspace, &folded(&connector.name));
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert("id".into(), s(&connector.id));
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").build();
        Ok(TransactWriteItem::builder().put(put.map_err(StoreError::sdk("put connector"))?).build())
    }

    fn delete_at(&self, at: Item, id: &str, attribute: &str) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(at));
        let delete = delete
            .condition_expression("#id = :id")
            .expression_attribute_names("#id", attribute)
            .expression_attribute_values(":id", s(id))
            .build();
        Ok(TransactWriteItem::builder().delete(delete.map_err(StoreError::sdk("delete connector"))?).build())
    }

    /// All writes or none. The first is about the connector, the second about its name.
    async fn keep(&self, writes: Vec<TransactWriteItem>) -> Result<Kept, StoreError> {
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        let Err(error) = sent else { return Ok(Kept::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Err(StoreError::sdk("write connector")(error));
        };
        let failed: Vec<bool> =
            cancelled.cancellation_reasons().iter().map(|r| r.code() == Some("ConditionalCheckFailed")).collect();
        match failed.as_slice() {
            [true, ..] => Ok(Kept::Changed),
            [false, true, ..] => Ok(Kept::NameTaken),
            [_, _, true, ..] => Ok(Kept::Changed),
            _ => Err(StoreError::sdk("write connector")(error)),
        }
    }
}

/// A name as it is compared.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn connector(item: &Item) -> Result<Connector, StoreError> {
    let version = number(item, "v").unwrap_or(0).try_into().unwrap_or(0);
    Ok(Connector { version, ..read(item)? })
}
