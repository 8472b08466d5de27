//! Refusals, so that the same request is recognised later: a mark for each refusal, and a note on the workspace's bucket that there are
//! marks.
//!
//! INVARIANT 14: The gate stores a mark before it stores a refusal; the write that takes a token for a request says whether there are
//! marks. So every request that comes after an answered refusal learns of it. A mark is only a candidate; the approval that it names says
//! whether the request was refused.

use crate::condition::{Written, written};
use crate::item::{DOC, document, n, number, read, s};
use crate::rates::{Bucket, KEPT_MS};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::digest::{Digest, sha256_hex};
use domain::{Approval, ApprovalId, Principal, Timestamp, Workspace};
use serde::{Deserialize, Serialize};

/// The most marks that are read: so many of one agent's requests for one action, the newest.
const MOST: i32 = 500;

/// A mark: an approval that somebody was about to refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The approval.
    pub id: ApprovalId,
    /// What it was asked with: bound to a nonce that only the root secret's holder can make.
    pub digest: Digest,
    /// The root secret that the nonce is made under.
    pub number: u32,
}

impl Store {
    /// Marks an approval that is about to be refused; the mark and the word hold until then.
    pub async fn mark_refusal(&self, approval: &Approval, now: Timestamp, until: Timestamp) -> Result<(), StoreError> {
        let pk = of(&approval.workspace, &approval.asked_by, &approval.action);
        let mut item = crate::item::key(pk, format!("{}#{}", keys::time(now), approval.id));
        let mark =
            Mark { id: approval.id.clone(), digest: approval.first_digest().clone(), number: approval.token_number };
        item.insert("ws".into(), s(approval.workspace.as_str()));
        item.insert(DOC.into(), document(&mark)?);
        item.insert("ttl".into(), n(until.as_millisecond().div_euclid(1_000) + 1));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map_err(StoreError::sdk("mark refusal"))?;
        self.say_that_there_are_refusals(&approval.workspace, until).await
    }

    async fn say_that_there_are_refusals(&self, workspace: &Workspace, until: Timestamp) -> Result<(), StoreError> {
        // The usual case first: the bucket is kept for longer than the word holds.
        for outlives in [true, false, true, false] {
            if self.say_until(workspace, until.as_millisecond(), outlives).await? {
                return Ok(());
            }
        }
        Err(StoreError::new("mark refusal", "the workspace's bucket changes all the time"))
    }

    /// Says it on a bucket that is kept for longer than the word holds, or on one that is not and is from here on: a bucket is never
    /// kept for less than before. Whether it is said, by this or by a word that holds as long.
    async fn say_until(&self, workspace: &Workspace, until: i64, outlives: bool) -> Result<bool, StoreError> {
        let (set, kept) = match outlives {
            true => ("", "#ttl >= :ttl"),
            false => (", #ttl = :ttl", "(attribute_not_exists(#ttl) OR #ttl < :ttl)"),
        };
        let update = self.client.update_item().table_name(&self.table).set_key(Some(Bucket::Creates(workspace).key()));
        let update = update
            .update_expression(format!(
                "SET ws = :ws, refusals_until = :until, full_at = if_not_exists(full_at, :zero){set}"
            ))
            .condition_expression(format!(
                "(attribute_not_exists(refusals_until) OR refusals_until < :until) AND {kept}"
            ))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":ws", s(workspace.as_str()))
            .expression_attribute_values(":until", n(until))
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":ttl", n((until + KEPT_MS).div_euclid(1_000)))
            .return_values_on_condition_check_failure(AllOld);
        Ok(match written("mark refusal", update.send().await)? {
            Written::Done(_) => true,
            Written::Lost(bucket) => {
                let said = bucket.as_ref().and_then(|bucket| number(bucket, "refusals_until"));
                said.is_some_and(|said| until <= said)
            }
        })
    }

    /// The marks of what one agent asked of one action, the newest first, consistently.
    pub async fn list_refusals(
        &self,
        workspace: &Workspace,
        agent: &Principal,
        action: &str,
    ) -> Result<Vec<Mark>, StoreError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true).scan_index_forward(false);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(of(workspace, agent, action)))
            .limit(MOST);
        let out = query.send().await.map_err(StoreError::sdk("list refusals"))?;
        out.items().iter().map(read).collect()
    }
}

fn of(workspace: &Workspace, agent: &Principal, action: &str) -> String {
    let hash = sha256_hex(format!("{agent}\n{action}").as_bytes());
    keys::refusals(workspace, hash.get(..32).unwrap_or_default())
}
