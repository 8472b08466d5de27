//! Policies: the one in force by workspace, and every text by its hash.

use crate::condition::{Written, written};
use crate::item::{DOC, document, read, s, text};
use crate::{Store, StoreError, Write, keys};
use domain::Workspace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The JSON of a policy that was not written in JSON.
const JSON: &str = "j";

/// Which policy is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyHead {
    /// SHA-256 of its text in hexadecimal.
    pub hash: String,
    /// 1, 2, 3, …
    pub version: u64,
    /// Who put it in force.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Which policy is in force: consistently for a decision, else as of a moment ago.
    pub async fn get_policy_head(
        &self,
        workspace: &Workspace,
        consistent: bool,
    ) -> Result<Option<PolicyHead>, StoreError> {
        let key = keys::policy(workspace, keys::CURRENT);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(consistent);
        let out = get.send().await.map_err(StoreError::sdk("get policy head"))?;
        out.item.as_ref().map(read).transpose()
    }

    /// A policy's text by its hash: written once and never changed.
    pub async fn get_policy_text(&self, workspace: &Workspace, hash: &str) -> Result<Option<String>, StoreError> {
        let key = keys::policy(workspace, hash);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get policy text"))?;
        Ok(out.item.as_ref().and_then(|item| text(item, DOC)).map(String::from))
    }

    /// A policy by its hash, as functions read it.
    pub async fn get_policy_document(&self, workspace: &Workspace, hash: &str) -> Result<Option<String>, StoreError> {
        let key = keys::policy(workspace, hash);
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let out = get.send().await.map_err(StoreError::sdk("get policy document"))?;
        Ok(out.item.as_ref().and_then(|item| text(item, JSON).or_else(|| text(item, DOC))).map(String::from))
    }

    /// Keeps a policy's text under its hash, and the JSON it stands for, before the policy is put in force. Local invariant: a text is kept
    /// once, with one reading, because open approvals are pinned to it. Where the text is kept already nothing changes.
    pub async fn put_policy_text(
        &self,
        workspace: &Workspace,
        hash: &str,
        policy: &str,
        json: &str,
    ) -> Result<(), StoreError> {
        let mut item = keys::policy(workspace, hash);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert(DOC.into(), s(policy));
        if json != policy {
            item.insert(JSON.into(), s(json));
        }
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        written("put policy text", put.condition_expression("attribute_not_exists(pk)").send().await).map(drop)
    }

    /// Puts a policy in force in place of the one read before.
    pub async fn replace_policy_head(
        &self,
        workspace: &Workspace,
        before: Option<&PolicyHead>,
        next: &PolicyHead,
    ) -> Result<Write<PolicyHead>, StoreError> {
        let mut item = keys::policy(workspace, keys::CURRENT);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert("h".into(), s(&next.hash));
        item.insert("v".into(), crate::item::n(next.version));
        item.insert(DOC.into(), document(next)?);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("ws = :ws AND h = :h AND v = :v")
                .expression_attribute_values(":ws", s(workspace.as_str()))
                .expression_attribute_values(":h", s(&before.hash))
                .expression_attribute_values(":v", crate::item::n(before.version)),
        };
        match written("replace policy head", put.send().await)? {
            Written::Done(_) => Ok(Write::Done),
            Written::Lost(_) => Ok(Write::Lost(None)),
        }
    }

    /// Notes that a workspace exists, for the sweep to find.
    pub async fn put_workspace(&self, workspace: &Workspace) -> Result<(), StoreError> {
        let item = crate::item::key(keys::workspaces(), workspace.as_str());
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::sdk("put workspace"))
    }

    /// Every workspace.
    pub async fn list_workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        let query = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let mut pages = query.expression_attribute_values(":pk", s(keys::workspaces())).into_paginator().send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(StoreError::sdk("list workspaces"))?;
            all.extend(page.items().iter().filter_map(|item| Workspace::parse(text(item, "sk")?)));
        }
        Ok(all)
    }
}
