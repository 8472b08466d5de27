//! Recognises a request that a person has denied before: the same agent, action and parameters (original values in canonical form),
//! whatever else differs. Two requests are compared by the digest of the first, whose nonce only Countersign can derive again, so no hidden
//! value is stored for the comparison.
//!
//! A mark is stored before the refusal is written, and the write that takes a token for a request says whether there are marks
//! ([`store::approvals::refusals`]). So a request that comes after an answered refusal always finds the mark. If nothing was refused
//! lately in the workspace, a request costs no extra read. A request that expired, was cancelled or reached nobody leaves no mark.

use crate::{Failure, Keyed};
use domain::approval::RefusedBefore;
use domain::digest::{Digest, canonical_params};
use domain::policy::Rule;
use domain::{Approval, Law, Refusal, Timestamp};
use jiff::SignedDuration;
use serde_json::{Map, Value};

/// The least time for which a refusal is remembered, in seconds.
const LEAST: u64 = 600;
/// A mark outlives its window by the time that writing a refusal may take.
const WRITING: SignedDuration = SignedDuration::from_mins(2);

/// How long a refusal is remembered under a rule.
fn window(rule: &Rule) -> SignedDuration {
    SignedDuration::from_secs(rule.re_request_cooldown_sec.max(LEAST) as i64)
}

impl Keyed {
    /// Stores a mark before a refusal is written.
    pub(crate) async fn mark_refusal(&self, refused: &Approval, law: &Law<'_>) -> Result<(), Failure> {
        let policies = [law.snapshot, law.current].into_iter();
        let rules = policies.flat_map(|policy| policy.all_fields_of(&refused.action));
        let longest = rules.map(window).max();
        let longest = longest.unwrap_or(SignedDuration::from_secs(LEAST as i64));
        let now = self.clock.now();
        Ok(self.store.mark_refusal(refused, now, now + longest + WRITING).await?)
    }

    /// The newest refusal of the same request that is still remembered under a rule.
    pub(crate) async fn refused_before(
        &self,
        asked: &Approval,
        params: &Map<String, Value>,
        rule: &Rule,
    ) -> Result<Option<RefusedBefore>, Failure> {
        let marks = self.store.list_refusals(&asked.workspace, &asked.asked_by, &asked.action).await?;
        let params = canonical_params(params);
        let mut looked: Vec<&domain::ApprovalId> = Vec::new();
        for mark in marks.iter().filter(|mark| mark.id != asked.id) {
            // Under a secret that is retired nothing can be compared any more.
            let Ok(nonce) = self.nonce(mark.number, &mark.id) else { continue };
            if looked.contains(&&mark.id) || Digest::of_canonical(&asked.action, &nonce, &params) != mark.digest {
                continue;
            }
            looked.push(&mark.id);
            let found = self.store.get_approval(&asked.workspace, &mark.id).await?;
            let refusal = found.and_then(|approval| approval.refusal());
            if let Some(refusal) = refusal.filter(|refusal| asked.created_at < refusal.at + window(rule)) {
                return Ok(Some(refusal));
            }
        }
        Ok(None)
    }
}

/// The refusal that the agent gets if the policy does not allow the same request again.
pub(crate) fn refusal_for(refused: &RefusedBefore, rule: &Rule, now: Timestamp) -> Refusal {
    let until = refused.at + window(rule);
    let left = (until.duration_since(now).as_secs().max(0) as u64).div_ceil(60).max(1);
    Refusal::PolicyDenied(format!(
        "the same request was refused {} by {} ({}), and the policy does not let this action be asked for again; with these parameters it \
         can be asked for in {left} min",
        refused.ago(now),
        refused.by.short(),
        refused.approval_id,
    ))
}
