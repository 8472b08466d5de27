//! What is sealed under the root secret: redacted values, and what is derived from it.
//!
//! INVARIANT 11: Original hidden values exist sealed, in the answer to the token's holder, and in the call of a webhook that executes;
//! reports are scrubbed of them. Nonces are not stored.

use crate::{Failure, Keyed};
use domain::params::hidden::REDACTED;
use domain::params::redact::{Redaction, redact};
use domain::params::scrub::Scrub;
use domain::secret::Label;
use domain::{Approval, ApprovalId};
use serde_json::{Map, Value};

/// Bytes that an approval may have after a request or an edit. An item of the table takes 400 KB, and decisions add votes and comments
/// later.
const MOST_KEPT: usize = 320_000;

impl Keyed {
    /// The nonce inside an approval's digest: derived, so that nobody stores it.
    pub(crate) fn nonce(&self, number: u32, id: &ApprovalId) -> Result<String, Failure> {
        let mac = self.root.mac(Label::Nonce, number, id.as_str().as_bytes()).ok_or_else(retired)?;
        let (half, _) = mac.split_at(16);
        Ok(data_encoding::HEXLOWER.encode(half))
    }

    /// The parameters with their original values.
    pub(crate) fn original_params(&self, approval: &Approval) -> Result<Map<String, Value>, Failure> {
        let leaves = self.open_sealed(approval, approval.sealed.as_deref())?;
        Ok(domain::params::redact::reveal(&approval.params, &leaves))
    }

    /// The parameters that were asked for, with their original values; none if no edit changed them.
    pub(crate) fn original_asked(&self, approval: &Approval) -> Result<Option<Map<String, Value>>, Failure> {
        let Some((asked, params)) = approval.asked.as_ref().zip(approval.asked_params()) else { return Ok(None) };
        let leaves = self.open_sealed(approval, asked.sealed.as_deref())?;
        Ok(Some(domain::params::redact::reveal(&params, &leaves)))
    }

    /// The values that nobody may see again: the hidden values of the current parameters and of those that were asked for.
    ///
    /// # Errors
    /// They were sealed under a root secret that is retired.
    pub(crate) fn scrub(&self, approval: &Approval) -> Result<Scrub, Failure> {
        let asked = approval.asked.as_ref().and_then(|asked| asked.sealed.as_deref());
        let all = [approval.sealed.as_deref(), asked].map(|sealed| self.open_sealed(approval, sealed));
        let mut scrub = Scrub::default();
        for leaves in all {
            leaves?.iter().for_each(|(pointer, value)| scrub.hide(pointer, value));
        }
        Ok(scrub.ready())
    }

    /// Redacted values by their JSON Pointer.
    fn open_sealed(&self, approval: &Approval, sealed: Option<&str>) -> Result<Map<String, Value>, Failure> {
        let Some(sealed) = sealed else { return Ok(Map::new()) };
        let opened = self.root.open(&seal_context(approval), sealed).ok_or_else(retired)?;
        serde_json::from_slice(&opened).map_err(|e| Failure::Internal(format!("sealed values: {e}")))
    }

    /// Splits parameters into the visible part and the sealed hidden values.
    pub(crate) fn split(
        &self,
        id: &ApprovalId,
        params: &Map<String, Value>,
        how: &Redaction,
    ) -> Result<(Map<String, Value>, Option<String>), Failure> {
        let redacted = redact(params, how);
        let sealed = self.seal(id, &redacted.leaves)?;
        Ok((redacted.view, sealed))
    }

    fn seal(&self, id: &ApprovalId, leaves: &Map<String, Value>) -> Result<Option<String>, Failure> {
        if leaves.is_empty() {
            return Ok(None);
        }
        let text = serde_json::to_vec(leaves).map_err(|e| Failure::Internal(format!("sealed values: {e}")))?;
        self.root.seal(id.as_str(), self.random()?, &text).map(Some).ok_or_else(retired)
    }
}

/// # Errors
/// `TooLarge` if an approval would not fit an item with everything that may still happen to it.
pub(crate) fn must_fit(approval: &Approval) -> Result<(), Failure> {
    let kept = serde_json::to_vec(approval).map_or(usize::MAX, |text| text.len());
    if kept > MOST_KEPT { Err(Failure::TooLarge) } else { Ok(()) }
}

/// A report without the values that the policy hides; nothing if these values cannot be opened.
pub(crate) fn without_hidden<T: From<String>>(gate: &Keyed, approval: &Approval, take_out: impl Fn(&Scrub) -> T) -> T {
    gate.scrub(approval).map_or_else(|_| REDACTED.to_owned().into(), |scrub| take_out(&scrub))
}

fn seal_context(approval: &Approval) -> String {
    approval.id.to_string()
}

pub(crate) fn retired() -> Failure {
    Failure::Internal("made under a root secret that is retired".into())
}
