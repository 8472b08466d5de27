//! Lists: ids by status, agent or task from the sparse indexes, then the approvals themselves.

use crate::approvals::from_item;
use crate::item::{Item, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{Approval, ApprovalId, Workspace};
use jiff::Timestamp;
use std::collections::HashMap;

/// Ids that one `BatchGetItem` takes.
const MOST_IN_BATCH: usize = 100;

/// An index partition's word for a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Awaiting personas or ready.
    Open,
    /// Agreed to.
    Approved,
    /// Refused.
    Denied,
    /// Out of time.
    Expired,
}

impl Shelf {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }
}

/// What a list is narrowed by; the narrowest index serves it.
#[derive(Clone, Debug)]
pub enum By {
    /// Nothing but the status.
    Status,
    /// The agent's slug.
    Agent(String),
    /// The task.
    Task(String),
}

/// A place in a list: newest first, the next page begins after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The order key: a time and an id.
    pub order: String,
    /// The approval there.
    pub id: ApprovalId,
}

impl Place {
    /// Where an approval is, as it is stored.
    pub fn of(approval: &Approval) -> Self {
        Self { order: keys::order(approval), id: approval.id.clone() }
    }

    /// When what is there was asked, or ended.
    pub fn at(&self) -> Option<Timestamp> {
        self.order.split('#').next()?.parse().ok()
    }
}

impl Store {
    /// Ids of a shelf, newest first, after a place's order key.
    pub async fn list_ids(
        &self,
        workspace: &Workspace,
        shelf: Shelf,
        by: &By,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Vec<Place>, StoreError> {
        let (index, attribute, value) = match by {
            By::Status => ("by_status", "s", keys::by_status(workspace, shelf.word())),
            By::Agent(agent) => ("by_agent", "a", keys::by_agent(workspace, agent, shelf.word())),
            By::Task(task) => ("by_task", "k", keys::by_task(workspace, task, shelf.word())),
        };
        let mut query =
            self.client.query().table_name(&self.table).index_name(index).scan_index_forward(false).limit(limit);
        query = query.expression_attribute_names("#h", attribute).expression_attribute_values(":h", s(value));
        let mut condition = "#h = :h".to_owned();
        if let Some(after) = after {
            condition += " AND #t < :t";
            query = query.expression_attribute_names("#t", "t").expression_attribute_values(":t", s(after));
        }
        let out = query.key_condition_expression(condition).send().await.map_err(StoreError::sdk("list ids"))?;
        Ok(out.items().iter().filter_map(place).collect())
    }

    /// Ids of a workspace's shelf that were asked (or ended) between two instants, oldest first, all pages.
    pub async fn list_ids_between(
        &self,
        workspace: &Workspace,
        shelf: Shelf,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Place>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("by_status");
        let mut pages = query
            .key_condition_expression("#s = :s AND #t BETWEEN :from AND :to")
            .expression_attribute_names("#s", "s")
            .expression_attribute_names("#t", "t")
            .expression_attribute_values(":s", s(keys::by_status(workspace, shelf.word())))
            .expression_attribute_values(":from", s(keys::time(from)))
            .expression_attribute_values(":to", s(keys::time(to)))
            .into_paginator()
            .send();
        let mut places = Vec::new();
        while let Some(page) = pages.next().await {
            places.extend(page.map_err(StoreError::sdk("list ids between"))?.items().iter().filter_map(place));
        }
        Ok(places)
    }

    /// Ids of a workspace's shelf that were asked (or ended) since an instant, newest first, so many at most.
    pub async fn list_ids_since(
        &self,
        workspace: &Workspace,
        shelf: Shelf,
        since: Timestamp,
        limit: i32,
    ) -> Result<Vec<Place>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name("by_status");
        let query = query
            .scan_index_forward(false)
            .limit(limit)
            .key_condition_expression("#s = :s AND #t >= :since")
            .expression_attribute_names("#s", "s")
            .expression_attribute_names("#t", "t")
            .expression_attribute_values(":s", s(keys::by_status(workspace, shelf.word())))
            .expression_attribute_values(":since", s(keys::time(since)));
        let out = query.send().await.map_err(StoreError::sdk("list ids since"))?;
        Ok(out.items().iter().filter_map(place).collect())
    }

    /// The approvals of ids in the order asked: consistently, or as of a moment ago for half the price. Those of another workspace
    /// are left out.
    pub async fn get_approvals(
        &self,
        workspace: &Workspace,
        ids: &[ApprovalId],
        consistent: bool,
    ) -> Result<Vec<Approval>, StoreError> {
        let mut found: HashMap<ApprovalId, Approval> = HashMap::new();
        for chunk in ids.chunks(MOST_IN_BATCH) {
            let mut keys: Vec<Item> = chunk.iter().map(keys::approval).collect();
            while !keys.is_empty() {
                let (items, left) = self.batch_get(keys, consistent).await?;
                for item in &items {
                    let approval = from_item(item)?;
                    found.insert(approval.id.clone(), approval);
                }
                keys = left;
            }
        }
        let mine = |id: &ApprovalId| found.remove(id).filter(|a| a.workspace == *workspace);
        Ok(ids.iter().filter_map(mine).collect())
    }

    async fn batch_get(
        &self,
        keys: Vec<HashMap<String, AttributeValue>>,
        consistent: bool,
    ) -> Result<(Vec<Item>, Vec<Item>), StoreError> {
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(consistent).build();
        let wanted = wanted.map_err(StoreError::sdk("batch get approvals"))?;
        let out = self.client.batch_get_item().request_items(&self.table, wanted).send().await;
        let out = out.map_err(StoreError::sdk("batch get approvals"))?;
        let items = out.responses.and_then(|mut r| r.remove(&self.table)).unwrap_or_default();
        let left = out.unprocessed_keys.and_then(|mut u| u.remove(&self.table)).map(|k| k.keys).unwrap_or_default();
        Ok((items, left))
    }
}

fn place(item: &Item) -> Option<Place> {
    Some(Place { order: text(item, "t")?.to_owned(), id: ApprovalId::parse(text(item, "pk")?)? })
}
