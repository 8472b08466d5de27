//! Approvals: put when new, read by id or token, replaced at the version they were read at.

pub mod idempotency;
pub mod lists;
pub mod refusals;
pub mod waiters;

use crate::approvals::waiters::Waiter;
use crate::condition::{Written, written};
use crate::item::{DOC, Item, document, n, number, read, s, text};
use crate::{Store, StoreError, Write, keys};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::{Approval, ApprovalId, Workspace};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// An approval of the table's stream, as it was before and after a change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// `version` before; 0 where it is new.
    pub before: u64,
    /// The approval after.
    pub after: Approval,
}

impl Store {
    /// Puts an approval that must not exist yet.
    pub async fn put_new_approval(&self, approval: &Approval) -> Result<Write<Approval>, StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(approval)?));
        let put = put.condition_expression("attribute_not_exists(pk)").return_values_on_condition_check_failure(AllOld);
        of_workspace(written("put new approval", put.send().await)?, &approval.workspace)
    }

    /// Replaces an approval at the version it was read at. With `before_deadline`, only while that instant is before the deadline: a
    /// decision is never written after it.
    ///
    /// INVARIANT 3: One conditional write per change. Every replacement is conditional on the workspace and the version read; a decision
    /// also on its deadline. A writer that loses gets the item that won.
    pub async fn replace_approval(
        &self,
        version: u64,
        next: &Approval,
        before_deadline: Option<Timestamp>,
    ) -> Result<Write<Approval>, StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(to_item(next)?));
        let mut put = put
            .expression_attribute_values(":ws", s(next.workspace.as_str()))
            .expression_attribute_values(":v", n(version))
            .return_values_on_condition_check_failure(AllOld);
        let mut condition = "ws = :ws AND v = :v".to_owned();
        if let Some(now) = before_deadline {
            condition += " AND #exp > :now";
            put = put
                .expression_attribute_names("#exp", "exp")
                .expression_attribute_values(":now", n(now.as_millisecond()));
        }
        of_workspace(written("replace approval", put.condition_expression(condition).send().await)?, &next.workspace)
    }

    /// Reads an approval of a workspace, consistently.
    pub async fn get_approval(&self, workspace: &Workspace, id: &ApprovalId) -> Result<Option<Approval>, StoreError> {
        Ok(self.get_any_approval(id).await?.filter(|a| a.workspace == *workspace))
    }

    /// Reads the approval of a wait token by the token's hash, consistently: the hash stands for the workspace.
    pub async fn get_approval_by_token(
        &self,
        id: &ApprovalId,
        token_hash: &str,
    ) -> Result<Option<Approval>, StoreError> {
        Ok(self.get_any_approval(id).await?.filter(|a| a.token_hash == token_hash))
    }

    /// Reads an approval and some of its waiters, for half the price of a consistent read. The read may be stale. That is enough to try a
    /// change, because the change is conditional on the version read. The number of waiters is limited, so that a decision does not pay for
    /// a crowd.
    pub async fn glance_at_approval(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
    ) -> Result<Option<(Approval, Vec<Waiter>)>, StoreError> {
        let query = self.client.query().table_name(&self.table).limit(AT_A_GLANCE);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", s(id.as_str()));
        let out = query.send().await.map_err(StoreError::sdk("glance at approval"))?;
        let found = with_waiters(out.items())?;
        Ok(found.filter(|(approval, _)| approval.workspace == *workspace))
    }

    /// Reads an approval and who waits for it, consistently. A waiter's token hash stands for the workspace.
    pub async fn get_approval_with_waiters(
        &self,
        id: &ApprovalId,
    ) -> Result<Option<(Approval, Vec<Waiter>)>, StoreError> {
        with_waiters(&self.partition(id, true, "~").await?)
    }

    /// The items of an approval's partition, in the order of their sort keys, up to one.
    pub(crate) async fn partition(
        &self,
        id: &ApprovalId,
        consistent: bool,
        until: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(consistent);
        let mut pages = query
            .key_condition_expression("pk = :pk AND sk < :until")
            .expression_attribute_values(":pk", s(id.as_str()))
            .expression_attribute_values(":until", s(until))
            .into_paginator()
            .send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page.map_err(StoreError::sdk("query approval"))?.items.unwrap_or_default());
        }
        Ok(items)
    }

    async fn get_any_approval(&self, id: &ApprovalId) -> Result<Option<Approval>, StoreError> {
        let get =
            self.client.get_item().table_name(&self.table).set_key(Some(keys::approval(id))).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get approval"))?;
        out.item.as_ref().map(from_item).transpose()
    }
}

/// Items that a glance takes; the approval is the first of its partition.
const AT_A_GLANCE: i32 = 100;

fn with_waiters(items: &[Item]) -> Result<Option<(Approval, Vec<Waiter>)>, StoreError> {
    let approval = items.iter().find(|item| text(item, "sk") == Some(keys::APPROVAL)).map(from_item).transpose()?;
    let waiters = items.iter().filter_map(waiters::from_image).collect();
    Ok(approval.map(|approval| (approval, waiters)))
}

/// Reads one change of the table's stream from its images; `None` where it is not an approval's.
///
/// # Errors
/// An image that cannot be read.
pub fn from_images(old: Option<&Item>, new: &Item) -> Result<Option<Changed>, StoreError> {
    if text(new, "sk") != Some(keys::APPROVAL) {
        return Ok(None);
    }
    let before = old.and_then(|o| number(o, "v")).unwrap_or(0);
    Ok(Some(Changed { before: before.try_into().unwrap_or(0), after: from_item(new)? }))
}

/// The whole item. An ended approval is left to TTL after its retention.
fn to_item(approval: &Approval) -> Result<Item, StoreError> {
    let mut item = keys::approval(&approval.id);
    item.extend(keys::indexes(approval));
    item.insert("ws".into(), s(approval.workspace.as_str()));
    item.insert("v".into(), n(approval.version));
    item.insert("exp".into(), n(approval.expires_at.as_millisecond()));
    item.insert(DOC.into(), document(&without_attributes(approval)?)?);
    if let Some(ended) = approval.decided_at {
        item.insert("ttl".into(), n((ended + approval.retention()).as_second()));
    }
    Ok(item)
}

/// The document says nothing that an attribute or the first entry of the history says: an item of up to 1 KB costs one write unit.
fn without_attributes(approval: &Approval) -> Result<Map<String, Value>, StoreError> {
    let whole = serde_json::to_value(approval).map_err(|e| StoreError::new("write approval", e))?;
    let Value::Object(mut document) = whole else { return Err(StoreError::new("write approval", "not an object")) };
    for field in ["id", "workspace", "version", "expires_at", "created_at", "asked_by"] {
        document.remove(field);
    }
    Ok(document)
}

/// The approval of an item, whole.
pub(crate) fn from_item(item: &Item) -> Result<Approval, StoreError> {
    let mut document: Map<String, Value> = read(item)?;
    let missing = || StoreError::new("read approval", "an attribute is missing");
    let expires_at = number(item, "exp").and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(missing)?;
    document.insert("id".into(), text(item, "pk").ok_or_else(missing)?.into());
    document.insert("workspace".into(), text(item, "ws").ok_or_else(missing)?.into());
    document.insert("version".into(), number(item, "v").ok_or_else(missing)?.into());
    document.insert("expires_at".into(), expires_at.to_string().into());
    let first = document.get("history").and_then(|h| h.get(0)).cloned().ok_or_else(missing)?;
    for (field, said) in [("created_at", "at"), ("asked_by", "by")] {
        document.insert(field.into(), first.get(said).cloned().ok_or_else(missing)?);
    }
    serde_json::from_value(Value::Object(document)).map_err(|e| StoreError::new("read approval", e))
}

/// A failed condition hands over what stands there: the loser knows the truth without another read.
fn of_workspace<O>(written: Written<O>, workspace: &Workspace) -> Result<Write<Approval>, StoreError> {
    match written {
        Written::Done(_) => Ok(Write::Done),
        Written::Lost(item) => {
            let standing: Option<Approval> = item.as_ref().map(from_item).transpose()?;
            Ok(Write::Lost(standing.filter(|a| a.workspace == *workspace)))
        }
    }
}
