//! What somebody did to an issue, read from the webhook of a site: <https://developer.atlassian.com/cloud/jira/platform/webhooks>.
//! Only webhooks that an admin registered with a secret are signed.

use super::OURS;
use super::changes;
use super::config::is_project;
use super::names::{self, Intent};
use data_encoding::HEXLOWER;
use domain::{ApprovalId, Principal, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The header with the signature.
pub const SIGNATURE: &str = "X-Hub-Signature";
/// The header with what one webhook is known by, the same in each try of its delivery.
pub const IDENTIFIER: &str = "X-Atlassian-Webhook-Identifier";
/// The only event that is read.
const UPDATED: &str = "jira:issue_updated";
/// The oldest that is believed: Jira tries five times more, each 5 to 15 minutes later, and may send a quarter of an hour late.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(2);
/// How far Jira's clock may be ahead of ours.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// The longest name of a status that is read; Jira takes 60 (<https://support.atlassian.com/jira-cloud-administration>).
const MAX_NAME: usize = 255;

/// A webhook's news, once verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// An issue of ours was moved to another status.
    Moved(Moved),
    /// Anything else.
    Nothing,
}

/// An issue that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The issue.
    pub key: String,
    /// The approval, as the label says: to be compared with what the issue says.
    pub approval: ApprovalId,
    /// Who moved it, `jira:<accountId>`.
    pub by: Principal,
    /// The status it was in.
    pub from: String,
    /// The status it is in.
    pub to: String,
    /// What that means.
    pub intent: Intent,
    /// The change's id in the changelog.
    pub change: u64,
}

/// Whether Jira, who alone shares the secret, sent this body. An empty secret proves nothing and is refused.
pub fn verify(secret: &str, signature: &str, raw_body: &[u8]) -> bool {
    if secret.is_empty() {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(raw_body);
    let expected = format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
    expected.as_bytes().ct_eq(signature.as_bytes()).into()
}

/// Reads a verified body.
///
/// # Errors
/// A sentence where it is not a webhook, is too old, or is about an issue of ours and cannot be understood.
pub fn read(body: &[u8], now: Timestamp) -> Result<Callback, String> {
    // The parser refuses more than 127 levels.
    let payload: Value = serde_json::from_slice(body).map_err(|e| format!("the webhook is not JSON: {e}"))?;
    let event = payload.get("webhookEvent").and_then(Value::as_str).ok_or("the webhook names no event")?;
    let labels = payload.pointer("/issue/fields/labels");
    let ours = labels.and_then(Value::as_array).is_some_and(|l| l.iter().any(|label| label == OURS));
    let Some((from, to)) = moved(&payload)?.filter(|_| ours && event == UPDATED) else {
        return Ok(Callback::Nothing);
    };
    fresh(&payload, now)?;
    let key = payload.pointer("/issue/key").and_then(Value::as_str).filter(|key| is_key(key));
    let account = payload.pointer("/user/accountId").and_then(Value::as_str).ok_or("the webhook names no user")?;
    Ok(Callback::Moved(Moved {
        key: key.ok_or("the webhook names no issue")?.to_owned(),
        approval: labelled(labels.unwrap_or(&Value::Null))?,
        by: Principal::parse(&format!("jira:{account}")).map_err(|_| "the user's id is not an account's")?,
        intent: names::intent(&to),
        change: payload.get("changelog").and_then(changes::id).ok_or("the webhook's change has no id")?,
        from,
        to,
    }))
}

/// The statuses, where it was moved.
fn moved(payload: &Value) -> Result<Option<(String, String)>, String> {
    let items = payload.pointer("/changelog/items").and_then(Value::as_array);
    let mut found = items.into_iter().flatten().filter(|i| i.get("field").is_some_and(|f| f == "status"));
    let Some(item) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err("the webhook names two changes of the status".into());
    }
    let name = |key: &str| item.get(key)?.as_str().filter(|n| (1..=MAX_NAME).contains(&n.len())).map(str::to_owned);
    Ok(Some(name("fromString").zip(name("toString")).ok_or("the webhook names no statuses")?))
}

/// The time is Jira's, and signed with the rest.
fn fresh(payload: &Value, now: Timestamp) -> Result<(), String> {
    let sent = payload.get("timestamp").and_then(Value::as_i64).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let age = now.duration_since(sent.ok_or("the webhook has no timestamp")?);
    if age > MAX_AGE || age < -MAX_AHEAD {
        return Err("the webhook is too old, or of another clock".into());
    }
    Ok(())
}

/// The one approval that the labels name.
///
/// # Errors
/// A sentence where they name none or several.
pub(super) fn labelled(labels: &Value) -> Result<ApprovalId, String> {
    let all = labels.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut ids = all.filter_map(ApprovalId::parse);
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err("no label of the issue names an approval".into()),
        (Some(_), Some(_)) => Err("the labels of the issue name several approvals".into()),
    }
}

/// `<project>-<number>`.
pub(super) fn is_key(text: &str) -> bool {
    let number = |n: &str| (1..=18).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
    text.rsplit_once('-').is_some_and(|(project, n)| is_project(project) && number(n))
}
