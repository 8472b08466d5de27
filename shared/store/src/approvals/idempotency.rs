//! Idempotency keys of re-requests: what a key was used for first. A create needs none of this, since its id derives from its key.

use crate::condition::{Written, written};
use crate::item::{n, s, text};
use crate::{Store, StoreError, keys};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::{ApprovalId, Timestamp, Workspace};
use jiff::SignedDuration;

/// How long a key is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

impl Store {
    /// Notes the fingerprint of the body that a key came with; the fingerprint it came with first is the answer.
    pub async fn note_idempotency_key(
        &self,
        workspace: &Workspace,
        key: &ApprovalId,
        fingerprint: &str,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let mut item = keys::idempotency(key);
        item.insert("ws".into(), s(workspace.as_str()));
        item.insert("f".into(), s(fingerprint));
        item.insert("ttl".into(), n((now + KEPT).as_second()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").return_values_on_condition_check_failure(AllOld);
        Ok(match written("note idempotency key", put.send().await)? {
            Written::Done(_) => fingerprint.to_owned(),
            Written::Lost(first) => first.as_ref().and_then(|item| text(item, "f")).unwrap_or_default().to_owned(),
        })
    }
}
