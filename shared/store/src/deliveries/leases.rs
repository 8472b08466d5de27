//! The lease of a delivery: one writer of a card at a time.
//!
//! INVARIANT 8: One writer per card. Another writer that finds the lease taken leaves a nudge, and the holder cannot release the lease
//! while there is a nudge it has not seen.

use crate::condition::{Written, written};
use crate::deliveries::{DeliveryOf, delivery};
use crate::item::{DOC, Item, document, n, number, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure::AllOld};
use domain::delivery::lease::{Lease, Released};
use domain::delivery::{Delivery, Entry};
use jiff::Timestamp;
use std::collections::HashMap;

/// What came of asking for a lease.
#[derive(Clone, Debug)]
pub enum Claim {
    /// It is taken; the delivery as it is.
    Taken(Lease, Box<Delivery>),
    /// Somebody else holds it.
    Held {
        /// Until then at most.
        until: Timestamp,
    },
}

impl Store {
    /// Takes the lease of a delivery that nobody holds; a delivery that is new begins with it.
    pub async fn lease_delivery(
        &self,
        of: DeliveryOf<'_>,
        holder: String,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claim, StoreError> {
        let update =
            self.client.update_item().table_name(&self.table).set_key(Some(keys::delivery(of.id, of.connector)));
        let update = update
            .update_expression("SET ws = :ws, lease = :me, lease_until = :until, nudges = if_not_exists(nudges, :zero)")
            .condition_expression("attribute_not_exists(pk) OR (ws = :ws AND lease_until <= :now)")
            .expression_attribute_values(":ws", s(of.workspace.as_str()))
            .expression_attribute_values(":me", s(&holder))
            .expression_attribute_values(":until", n(until.as_millisecond()))
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .expression_attribute_values(":zero", n(0))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(AllOld);
        let item = match written("lease delivery", update.send().await)? {
            Written::Done(out) => out.attributes.unwrap_or_default(),
            Written::Lost(standing) => {
                let standing = standing.unwrap_or_default();
                // The write was sent twice, and the answer to the first was lost.
                if text(&standing, "lease") != Some(&holder) {
                    let held = number(&standing, "lease_until").and_then(|ms| Timestamp::from_millisecond(ms).ok());
                    return Ok(Claim::Held { until: held.unwrap_or(until) });
                }
                standing
            }
        };
        let (before, nudges) = (text(&item, "lease").map(String::from), number(&item, "nudges").unwrap_or(0));
        taken(of, Lease { holder, before, until, nudges }, &item)
    }

    /// Leaves a nudge for the holder of the lease; `false` if nobody holds the lease any more.
    pub async fn nudge_delivery(&self, of: DeliveryOf<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let update =
            self.client.update_item().table_name(&self.table).set_key(Some(keys::delivery(of.id, of.connector)));
        let update = update
            .update_expression("ADD nudges :one")
            .condition_expression("ws = :ws AND lease_until > :now")
            .expression_attribute_values(":ws", s(of.workspace.as_str()))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":now", n(now.as_millisecond()));
        Ok(written("nudge delivery", update.send().await)?.is_done())
    }

    /// Stores the address of a card that was posted and whose address was never stored. This needs no lease, because the writer that posted
    /// the card may hold the lease and still wait for the vendor's answer; the holder gets a nudge. The first address that is stored this
    /// way stays.
    pub async fn teach_delivery(&self, of: DeliveryOf<'_>, channel: &str, ts: &str) -> Result<(), StoreError> {
        let update =
            self.client.update_item().table_name(&self.table).set_key(Some(keys::delivery(of.id, of.connector)));
        let update = update
            .update_expression("SET taught_channel = :channel, taught_ts = :ts ADD nudges :one")
            .condition_expression("ws = :ws AND attribute_not_exists(taught_ts)")
            .expression_attribute_values(":ws", s(of.workspace.as_str()))
            .expression_attribute_values(":channel", s(channel))
            .expression_attribute_values(":ts", s(ts))
            .expression_attribute_values(":one", n(1));
        written("teach delivery", update.send().await).map(drop)
    }

    /// Writes down what the card shows and lets go of the lease. Where a nudge came meanwhile, the lease is kept, and what is shown is
    /// written down all the same. At `now` the lease must not be over: a timer that was stored for this write may have fired
    /// already.
    pub async fn release_delivery(
        &self,
        of: DeliveryOf<'_>,
        lease: Lease,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<Released, StoreError> {
        match self.write_delivery(of, &lease, delivery, (now, true)).await? {
            Written::Done(_) => Ok(Released::Free),
            Written::Lost(standing) => {
                // Nobody else writes that: the write was sent twice, and the answer to the first was lost.
                let free = |i: &Item| text(i, "lease") == Some(&lease.holder) && number(i, "lease_until") == Some(0);
                if standing.as_ref().is_some_and(free) {
                    return Ok(Released::Free);
                }
                let lasts = |i: &Item| number(i, "lease_until").is_some_and(|until| until > now.as_millisecond());
                let mine = standing.as_ref().is_some_and(|i| text(i, "lease") == Some(&lease.holder) && lasts(i));
                let nudges = standing.as_ref().and_then(|i| number(i, "nudges")).unwrap_or(0);
                if !mine {
                    return Ok(Released::Lost);
                }
                let lease = Lease { nudges, ..lease };
                let kept = self.write_delivery(of, &lease, delivery, (now, false)).await?;
                Ok(if kept.is_done() { Released::Kept(lease) } else { Released::Lost })
            }
        }
    }

    /// Writes down what is to be known of a card while its lease is held; `false` where the lease is lost.
    pub async fn keep_delivery(
        &self,
        of: DeliveryOf<'_>,
        lease: &Lease,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.write_delivery(of, lease, delivery, (now, false)).await?.is_done())
    }

    async fn write_delivery(
        &self,
        of: DeliveryOf<'_>,
        lease: &Lease,
        delivery: &Delivery,
        (now, release): (Timestamp, bool),
    ) -> Result<Written<UpdateItemOutput>, StoreError> {
        let until = if release { 0 } else { lease.until.as_millisecond() };
        let condition = if release {
            "ws = :ws AND lease = :me AND lease_until > :now AND nudges = :seen"
        } else {
            "ws = :ws AND lease = :me AND lease_until > :now AND nudges >= :seen"
        };
        let update =
            self.client.update_item().table_name(&self.table).set_key(Some(keys::delivery(of.id, of.connector)));
        let update = update
            .update_expression(format!("SET #doc = :doc, shown = :shown, lease_until = :until{}", purging(delivery)))
            .condition_expression(condition)
            .set_expression_attribute_names(purging_name(delivery))
            .set_expression_attribute_values(purging_value(delivery))
            .expression_attribute_names("#doc", DOC)
            .expression_attribute_values(":doc", document(delivery)?)
            .expression_attribute_values(":shown", n(delivery.shown))
            .expression_attribute_values(":until", n(until))
            .expression_attribute_values(":now", n(now.as_millisecond()))
            .expression_attribute_values(":ws", s(of.workspace.as_str()))
            .expression_attribute_values(":me", s(&lease.holder))
            .expression_attribute_values(":seen", n(lease.nudges))
            .return_values_on_condition_check_failure(AllOld);
        written("release delivery", update.send().await)
    }

    /// Stores that a card shows the approval's end, after an update without the lease. `false` if another writer may have updated the card
    /// since the delivery was read, because then nobody knows which update came last.
    pub async fn record_final_delivery(
        &self,
        of: DeliveryOf<'_>,
        read: &Delivery,
        drawn: &Delivery,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // A holder that was held up until its lease was over finds that it has lost the lease.
        self.write_unleased(of, read, (drawn, ""), now).await
    }

    /// Writes where nobody holds the lease, nor has held it since the delivery was read; the lease is `holder`'s from then on.
    async fn write_unleased(
        &self,
        of: DeliveryOf<'_>,
        read: &Delivery,
        (drawn, holder): (&Delivery, &str),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update =
            self.client.update_item().table_name(&self.table).set_key(Some(keys::delivery(of.id, of.connector)));
        let update = update
            .update_expression(format!("SET #doc = :doc, shown = :shown, lease = :holder{}", purging(drawn)))
            .condition_expression("ws = :ws AND lease = :lease AND lease_until <= :now AND shown = :read")
            .set_expression_attribute_names(purging_name(drawn))
            .set_expression_attribute_values(purging_value(drawn))
            .expression_attribute_names("#doc", DOC)
            .expression_attribute_values(":doc", document(drawn)?)
            .expression_attribute_values(":shown", n(drawn.shown))
            .expression_attribute_values(":read", n(read.shown))
            .expression_attribute_values(":holder", s(holder))
            .expression_attribute_values(":lease", s(read.leased_by.as_deref().unwrap_or_default()))
            .expression_attribute_values(":ws", s(of.workspace.as_str()))
            .expression_attribute_values(":now", n(now.as_millisecond()));
        Ok(written("record final delivery", update.send().await)?.is_done())
    }
}

impl Store {
    /// Notes something on a delivery that nobody is writing, as it was read; where somebody is, or was since, it is not noted.
    pub async fn note_attempt(&self, of: DeliveryOf<'_>, read: &Delivery, entry: &Entry) -> Result<(), StoreError> {
        let mut noted = read.clone();
        noted.note(entry.clone());
        let holder = read.leased_by.as_deref().unwrap_or_default();
        self.write_unleased(of, read, (&noted, holder), entry.at).await.map(drop)
    }

    /// Resets a delivery that was given up, as it was read: its failures are forgotten. `false` if a writer holds the lease, or has written
    /// the delivery since.
    pub async fn begin_delivery_anew(
        &self,
        of: DeliveryOf<'_>,
        read: &Delivery,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // The holder stays, so that a write that was sent twice comes to the same.
        self.write_unleased(of, read, (&read.anew(), read.leased_by.as_deref().unwrap_or_default()), now).await
    }
}

/// A lease that is taken, and the delivery as it is with it.
fn taken(of: DeliveryOf<'_>, lease: Lease, old: &Item) -> Result<Claim, StoreError> {
    let (leased_by, leased_until) = (Some(lease.holder.clone()), Some(lease.until));
    let delivery = Delivery { connector: of.connector.to_owned(), leased_by, leased_until, ..delivery(old)? };
    Ok(Claim::Taken(lease, Box::new(delivery)))
}

/// A delivery of an ended approval is removed with it.
fn purging(delivery: &Delivery) -> &'static str {
    if delivery.purge_at.is_some() { ", #ttl = :ttl" } else { "" }
}

fn purging_name(delivery: &Delivery) -> Option<HashMap<String, String>> {
    delivery.purge_at.map(|_| HashMap::from([("#ttl".to_owned(), "ttl".to_owned())]))
}

fn purging_value(delivery: &Delivery) -> Option<Item> {
    delivery.purge_at.map(|at| HashMap::from([(":ttl".to_owned(), n(at.as_second()))]))
}
