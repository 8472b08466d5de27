//! Deliveries: what one connector shows of one approval.

pub mod dead_letters;
pub mod leases;
pub mod turns;

use crate::approvals::from_item;
use crate::item::{DOC, Item, document, n, number, read, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::id::spell;
use domain::{Approval, ApprovalId, Workspace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What one connector shows of one approval: claim, result and activity of a delivery are this one item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The connector's id.
    pub connector: String,
    /// The Slack channel of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The card's own id in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
    /// The Slack team and app the connector turned out to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The Slack app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The version of the approval that the card shows; 0 where there is no card.
    pub shown: u64,
    /// Attempts that failed since the last one that did not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// Refused for good: nothing more is posted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub refused: bool,
    /// Nobody posts before then: its next round, its turn, or the vendor asked to be left alone so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// It stands in line at its connector, and `not_before` is its turn.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_line: bool,
    /// Begun anew by hand: it is tried even where another carries the approval.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replayed: bool,
    /// What is shown could not be brought up to date: until when it is left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<Behind>,
    /// The card's id in it, of the last card that somebody deleted while people were still asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<String>,
    /// The last attempts and what else happened, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Attempt>,
    /// Until when somebody may be writing the card, as of when this was read.
    #[serde(skip)]
    pub leased_until: Option<Timestamp>,
    /// Who held the lease last, as of when this was read.
    #[serde(skip)]
    pub leased_by: Option<String>,
    /// When it may be removed: with its approval, once that has ended.
    #[serde(skip)]
    pub purge_at: Option<Timestamp>,
}

fn is_false(b: &bool) -> bool {
    !b
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// What is remembered of a delivery: its last entries.
const MOST_ENTRIES: usize = 12;

impl Delivery {
    /// A card that was posted after all is known from now on; what failed and had to wait was its posting. One that was deleted is
    /// not learned of again.
    pub fn learn(&mut self, channel: &str, ts: &str) {
        if self.removed.as_deref() == Some(ts) {
            return;
        }
        (self.channel, self.ts, self.shown) = (Some(channel.to_owned()), Some(ts.to_owned()), 0);
        (self.not_before, self.in_line, self.failures) = (None, false, 0);
    }

    /// Somebody deleted the card: there is none to bring up to date. It can be posted again.
    pub fn forget_card(&mut self) {
        (self.removed, self.channel, self.shown) = (self.ts.take(), None, 0);
        (self.failures, self.behind) = (0, None);
    }

    /// Notes what happened; the oldest entries go first.
    pub fn note(&mut self, attempt: Attempt) {
        if self.log.len() >= MOST_ENTRIES {
            self.log.remove(0);
        }
        self.log.push(attempt);
    }
}

/// A version of an approval that a card could not be brought up to. A newer one does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The version.
    pub version: u64,
    /// When it is tried again; none where it is given up.
    pub until: Option<Timestamp>,
}

/// One attempt to reach a vendor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// `dispatch_succeeded`, `dispatch_failed`, `dispatch_skipped`, `update_succeeded`, `update_failed`, `fallback_to_ui`,
    /// `connector_disabled`; `execution_…` and `callback_…`, `succeeded` or `failed`.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The vendor's HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u16>,
    /// What the vendor said, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Attempt {
    /// `aca_…`: always the same for the same entry of the same delivery.
    pub fn id(&self, approval: &ApprovalId, connector: &str) -> String {
        let hash: [u8; 32] = Sha256::digest(format!("{approval}\n{connector}\n{}\n{}", self.at, self.event)).into();
        let (half, _) = hash.split_at(16);
        format!("aca_{}", spell(half.try_into().unwrap_or_default()))
    }
}

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
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn put_new_delivery(&self, of: DeliveryOf<'_>, new: &Delivery) -> Result<(), StoreError> {
        let mut item = keys::delivery(of.id, of.connector);
        item.insert("ws".into(), s(of.workspace.as_str()));
        item.insert("shown".into(), n(new.shown));
        item.insert(DOC.into(), document(new)?);
        item.extend(new.purge_at.map(|at| ("ttl".to_owned(), n(at.as_second()))));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            Err(e) if e.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => Ok(()),
            Err(e) => Err(StoreError::sdk("put new delivery")(e)),
        }
    }

    /// Reads an approval and its deliveries in one query, consistently.
    ///
    /// # Errors
    /// The table could not be asked.
    pub async fn get_approval_with_deliveries(
        &self,
        workspace: &Workspace,
        id: &ApprovalId,
    ) -> Result<Option<(Approval, Vec<Delivery>)>, StoreError> {
        self.approval_and_deliveries(workspace, id, true).await
    }

    /// The same at least as new as a version that is known to exist: as of a moment ago, for half the price, where that suffices.
    ///
    /// # Errors
    /// The table could not be asked.
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
    ///
    /// # Errors
    /// The table could not be asked.
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
        delivery.learn(channel, ts);
    }
    delivery.leased_by = text(item, "lease").map(String::from);
    delivery.leased_until = number(item, "lease_until").and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Ok(delivery)
}
