//! The workspace's policy: read with its ETag, replaced whole or not at all.

use crate::decide::require_personas::require_personas;
use crate::{Caller, Failure, Gate};
use domain::{Fault, Policy, Role, Workspace};
use serde_json::Value;
use store::Write;
use store::settings::policies::PolicyHead;

/// The most bytes of a document as it was written and as it is kept: an item of the table takes 400 KB.
const MOST_KEPT: usize = 390_000;

/// The policy in force.
#[derive(Clone, Debug)]
pub struct PolicyInForce {
    /// Which one.
    pub head: PolicyHead,
    /// As it was written.
    pub text: String,
}

/// What a replacement expects to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expecting {
    /// Whatever is there.
    Anything,
    /// Something, whatever it is (`If-Match: *`).
    Something,
    /// Nothing (`If-None-Match: *`).
    Nothing,
    /// The policy of this hash.
    Hash(String),
}

/// Reads the policy in force.
///
/// # Errors
/// `NotFound` where the workspace has none; `Forbidden` unless the caller is an admin or an auditor.
pub async fn read_policy(gate: &Gate, caller: &Caller) -> Result<PolicyInForce, Failure> {
    caller.must_be(&[Role::Admin, Role::Auditor])?;
    let head = gate.store.get_policy_head(&caller.workspace, true).await?;
    let head = head.ok_or(Failure::NotFound("this workspace has no policy yet"))?;
    let text = gate.store.get_policy_text(&caller.workspace, &head.hash).await?;
    let text = text.ok_or_else(|| Failure::Internal(format!("policy {} is not in the table", head.hash)))?;
    Ok(PolicyInForce { head, text })
}

/// Puts a policy in force.
///
/// # Errors
/// `Invalid` with every fault of the document, or where the workspace keeps its text with another reading; `Conflict` where another was
/// put in force meanwhile.
pub async fn replace_policy(
    gate: &Gate,
    caller: &Caller,
    text: String,
    expecting: Expecting,
) -> Result<PolicyInForce, Failure> {
    let by = caller.must_be(&[Role::Admin])?;
    let (policy, saved) = acceptable(&text)?;
    let workspace = &caller.workspace;
    let before = gate.store.get_policy_head(workspace, true).await?;
    let expected = match &expecting {
        Expecting::Anything => true,
        Expecting::Something => before.is_some(),
        Expecting::Nothing => before.is_none(),
        Expecting::Hash(hash) => before.as_ref().is_some_and(|b| b.hash == *hash),
    };
    if !expected {
        return Err(changed());
    }
    let version = before.as_ref().map_or(1, |b| b.version + 1);
    let head = PolicyHead { hash: policy.hash.clone(), version, by: by.to_string(), at: gate.clock.now() };
    if before.is_none() {
        // A caller with a token may be the first in a workspace that has no key.
        gate.store.put_workspace(workspace).await?;
    }
    gate.store.put_policy_text(workspace, &head.hash, &text, &saved).await?;
    if let Some(fault) = read_otherwise(gate, workspace, &head.hash, &saved).await? {
        return Err(vec![fault].into());
    }
    match gate.store.replace_policy_head(workspace, before.as_ref(), &head).await? {
        Write::Done => {}
        Write::Lost(_) => return Err(changed()),
    }
    gate.memory.policies.forget(workspace);
    if other_personas(gate, workspace, before.as_ref(), &policy).await {
        require_personas(gate, workspace, &policy).await;
    }
    Ok(PolicyInForce { head, text })
}

/// Whether some action requires other personas than before; a policy that cannot be read any more may have.
async fn other_personas(gate: &Gate, workspace: &Workspace, before: Option<&PolicyHead>, after: &Policy) -> bool {
    let Some(before) = before.filter(|before| before.hash != after.hash) else { return false };
    let required = |policy: &Policy| -> Vec<(String, Vec<String>)> {
        let all = policy.all_fields().filter(|(_, fields)| !fields.required_personas.is_empty());
        all.map(|(action, fields)| (action.clone(), fields.required_personas.clone())).collect()
    };
    match gate.policy_of_hash(workspace, &before.hash).await {
        Ok(before) => required(&before) != required(after),
        Err(_) => true,
    }
}

/// A fault where the workspace keeps this text with another reading: every function would follow the reading that is kept.
pub(crate) async fn read_otherwise(
    gate: &Gate,
    workspace: &Workspace,
    hash: &str,
    read: &str,
) -> Result<Option<Fault>, Failure> {
    let kept = gate.store.get_policy_document(workspace, hash).await?;
    Ok(kept.and_then(|kept| different(read, &kept)))
}

/// A fault where two readings of a text differ.
pub(crate) fn different(read: &str, kept: &str) -> Option<Fault> {
    let value = |json: &str| serde_json::from_str::<Value>(json).ok();
    let words = "is read differently now than when this workspace saved it; change the text, a comment is enough, and save that";
    (value(read) != value(kept)).then(|| Fault::new("", words))
}

/// A document without a fault, and what is kept beside it to be read fast.
pub(crate) fn acceptable(text: &str) -> Result<(Policy, String), Vec<Fault>> {
    let (policy, saved) = Policy::accept(text)?;
    let kept = text.len() + saved.len();
    if saved != text && kept > MOST_KEPT {
        let limit =
            "is too long: it is kept as it was written and as compact JSON, which may have 390,000 bytes together";
        return Err(vec![Fault::new("", format!("{limit} and have {kept}"))]);
    }
    Ok((policy, saved))
}

fn changed() -> Failure {
    Failure::Conflict("the policy is not the one you expect to replace; read it again and send its ETag in If-Match")
}
