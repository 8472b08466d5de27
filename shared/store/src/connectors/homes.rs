//! Where a connector's workspace is found by the connector's id alone: an item of its own, put and deleted with the connector.

use crate::connectors::Connector;
use crate::item::{s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use domain::Workspace;

impl Store {
    /// A connector by its id alone, with its workspace, read consistently: for a callback, which knows only the id and has not yet proved
    /// anything.
    pub async fn get_connector_of_any_workspace(&self, id: &str) -> Result<Option<(Workspace, Connector)>, StoreError> {
        let key = keys::connector_home(id);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("find connector"))?;
        let home = out.item.as_ref().and_then(|item| text(item, "ws")).and_then(Workspace::parse);
        let Some(workspace) = home else { return Ok(None) };
        let connector = self.get_connector(&workspace, id).await?;
        Ok(connector.map(|connector| (workspace, connector)))
    }

    pub(crate) fn put_home(
        &self,
        workspace: &Workspace,
        connector: &Connector,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = keys::connector_home(&connector.id);
        item.insert("ws".into(), s(workspace.as_str()));
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").build();
        Ok(TransactWriteItem::builder().put(put.map_err(StoreError::sdk("put connector"))?).build())
    }

    /// A connector that was made before there was such an item has none.
    pub(crate) fn delete_home(&self, workspace: &Workspace, id: &str) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(keys::connector_home(id)));
        let delete = delete
            .condition_expression("attribute_not_exists(pk) OR ws = :ws")
            .expression_attribute_values(":ws", s(workspace.as_str()))
            .build();
        Ok(TransactWriteItem::builder().delete(delete.map_err(StoreError::sdk("delete connector"))?).build())
    }
}
