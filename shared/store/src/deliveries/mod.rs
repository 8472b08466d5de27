//! Deliveries: what one connector shows of one approval.

pub mod dead_letters;
pub mod leases;
pub mod turns;

use crate::approvals::from_item;
use crate::condition::written;
use crate::item::{DOC, Item, document, n, number, read, s, text};
use crate::{Store, StoreError, keys};
use domain::delivery::{Address, Delivery};
use domain::{Approval, ApprovalId, Workspace};
use jiff::Timestamp;

/// Whose delivery: an approval's, of one connector, in one workspace.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryOf<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The approval.
    pub id: &'a ApprovalId,
    /// The connector.
    pub connector: &'a str,
}

impl Store {
    /// Puts a delivery where nobody has begun one; else nothing is changed.
    pub async fn put_new_delivery(&self, of: DeliveryOf<'_>, new: &Delivery) -> Result<(), StoreError> {
        let mut item = keys::delivery(of.id, of.connector);
        item.insert("ws".into(), s(of.workspace.as_str()));
        item.insert("shown".into(), n(new.shown));
        item.insert(DOC.into(), document(new)?);
        item.extend(new.purge_at.map(|at| ("ttl".to_owned(), n(at.as_second()))));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        written("put new delivery", put.condition_expression("attribute_not_exists(pk)").send().await).map(drop)
    }

    /// Reads an approval and its deliveries in one query, consistently.
    pub async fn get_approval_with_deliveries(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
    ) -> Result<Option<(Approval, Vec<Delivery>)>, StoreError> {
        self.approval_and_deliveries(workspace, id, true).await
    }

    /// The same at least as new as a version that is known to exist: as of a moment ago, for half the price, where that suffices.
    pub async fn get_approval_with_deliveries_since(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        version: Option<u64>,
    ) -> Result<Option<(Approval, Vec<Delivery>)>, StoreError> {
        if let Some(version) = version
            && let Some(found) = self.approval_and_deliveries(workspace, id, false).await?
            && found.0.version >= version
        {
            return Ok(Some(found));
        }
        self.get_approval_with_deliveries(workspace, id).await
    }

    /// The same of whatever workspace: only to find out which workspace's secrets may verify what names it.
    pub async fn get_any_approval_with_deliveries(
        &self,
        id: &ApprovalId,
    ) -> Result<Option<(Approval, Vec<Delivery>)>, StoreError> {
        self.any_approval_and_deliveries(id, true).await
    }

    async fn approval_and_deliveries(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
        consistent: bool,
    ) -> Result<Option<(Approval, Vec<Delivery>)>, StoreError> {
        let found = self.any_approval_and_deliveries(id, consistent).await?;
        Ok(found.filter(|(approval, _)| approval.workspace == *workspace))
    }

    async fn any_approval_and_deliveries(
        &self,
        id: &ApprovalId,
        consistent: bool,
    ) -> Result<Option<(Approval, Vec<Delivery>)>, StoreError> {
        let (mut approval, mut deliveries) = (None, Vec::new());
        for item in &self.partition(id, consistent, keys::WAITER).await? {
            match text(item, "sk") {
                Some(keys::APPROVAL) => approval = Some(from_item(item)?),
                Some(sk) if sk.starts_with(keys::DELIVERY) => deliveries.push(delivery(item)?),
                _ => {}
            }
        }
        Ok(approval.map(|approval| (approval, deliveries)))
    }
}

/// A delivery that was claimed and never written down has no document yet. An address that was taught counts where none was
/// written down.
pub(crate) fn delivery(item: &Item) -> Result<Delivery, StoreError> {
    let mut delivery = if item.contains_key(DOC) {
        read(item)?
    } else {
        let connector = text(item, "sk").and_then(|sk| sk.strip_prefix(keys::DELIVERY)).unwrap_or_default();
        Delivery { connector: connector.to_owned(), ..Delivery::default() }
    };
    if let (None, Some(channel), Some(ts)) = (&delivery.ts, text(item, "taught_channel"), text(item, "taught_ts")) {
        delivery.learn(Address { channel: Some(channel.into()), ts: Some(ts.into()), ..Address::default() });
    }
    delivery.leased_by = text(item, "lease").map(String::from);
    delivery.leased_until = number(item, "lease_until").and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Ok(delivery)
}
