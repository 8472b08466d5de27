//! What happened to an incident, read from a V3 webhook: <https://developer.pagerduty.com/docs/webhooks-overview>. None of it decides.
//!
//! A webhook carries no `dedup_key`. An incident's `incident_key` is the key of the event that opened it, so it is the approval's id
//! where the approval opened the incident; where an alert was grouped into another incident it is that one's, or null.

use data_encoding::HEXLOWER;
use domain::{ApprovalId, Principal, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

/// The header with the signatures (<https://developer.pagerduty.com/docs/verifying-webhook-signatures>).
pub const SIGNATURE: &str = "X-PagerDuty-Signature";
/// The header with what one webhook is known by, the same in each try of its delivery.
pub const IDENTIFIER: &str = "X-Webhook-Id";
/// The most signatures that are looked at: one for each secret while they rotate.
const MOST_SIGNATURES: usize = 10;
/// The longest id or key that is read.
const MAX_NAME: usize = 255;

/// A webhook's news, once verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// What happened.
    pub what: What,
    /// The incident's id, where it is about one.
    pub incident: Option<String>,
    /// The approval whose event opened the incident.
    pub approval: Option<ApprovalId>,
    /// Who did it, `pagerduty:<id>`; none where it was no person.
    pub by: Option<Principal>,
    /// When it happened.
    pub at: Option<Timestamp>,
}

/// What happened. Nothing of this approves or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody looks at it.
    Acknowledged,
    /// Somebody, or we ourselves, closed the incident.
    Resolved,
    /// Anything else.
    Other,
}

/// Whether PagerDuty, who alone shares the secret, sent this body: `v1=<hex>`, several with commas while secrets rotate. An empty
/// secret proves nothing and is refused.
pub fn verify(secret: &str, signatures: &str, raw_body: &[u8]) -> bool {
    if secret.is_empty() {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(raw_body);
    let expected = format!("v1={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
    let given = signatures.split(',').take(MOST_SIGNATURES).map(str::trim);
    given.fold(Choice::from(0), |good, one| good | expected.as_bytes().ct_eq(one.as_bytes())).into()
}

/// Reads a verified body.
///
/// # Errors
/// A sentence where it is not a V3 webhook.
pub fn read(body: &[u8]) -> Result<Callback, String> {
    // The parser refuses more than 127 levels.
    let payload: Value = serde_json::from_slice(body).map_err(|e| format!("the webhook is not JSON: {e}"))?;
    let text = |place: &str| {
        let text = payload.pointer(place).and_then(Value::as_str);
        text.filter(|t| (1..=MAX_NAME).contains(&t.len()))
    };
    let what = match text("/event/event_type").ok_or("the webhook names no event")? {
        "incident.acknowledged" => What::Acknowledged,
        "incident.resolved" => What::Resolved,
        _ => What::Other,
    };
    let about_incident = text("/event/data/type") == Some("incident");
    if what != What::Other && !about_incident {
        return Err("the webhook names no incident".into());
    }
    let person = text("/event/agent/type") == Some("user_reference");
    Ok(Callback {
        what,
        incident: text("/event/data/id").filter(|_| about_incident).map(str::to_owned),
        approval: text("/event/data/incident_key").filter(|_| about_incident).and_then(ApprovalId::parse),
        by: text("/event/agent/id").filter(|_| person).and_then(|id| Principal::parse(&format!("pagerduty:{id}")).ok()),
        at: text("/event/occurred_at").and_then(|t| t.parse().ok()),
    })
}
