//! What every button, checkbox and modal carries: the approval's id and the digest of the version that it shows.

use domain::ApprovalId;
use domain::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An approval as somebody saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which approval.
    pub id: ApprovalId,
    /// The digest of the version that the card shows.
    pub digest: Digest,
}

/// Where a card is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAddress {
    /// A channel's id.
    pub channel: String,
    /// The message's timestamp, which names it within the channel.
    pub ts: String,
}

impl Subject {
    /// An approval as it is.
    pub fn of(approval: &domain::Approval) -> Self {
        Self { id: approval.id.clone(), digest: approval.digest.clone() }
    }

    /// As a button carries it: `<id>|<digest>`.
    pub fn value(&self) -> String {
        format!("{}|{}", self.id, self.digest)
    }

    /// Reads `<id>|<digest>`, or JSON with `id` or `requestId` and `digest`. The id alone says nothing of what was seen.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim_start().starts_with('{') {
            true => Self::from_json(&serde_json::from_str(text).map_err(|_| "the value is not JSON".to_owned())?),
            false => {
                let (id, digest) = text.split_once('|').ok_or("the value names no digest")?;
                Self::checked(id, digest)
            }
        }
    }

    /// # Errors
    /// A sentence.
    pub(crate) fn from_json(value: &Value) -> Result<Self, String> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let id = text("id").or_else(|| text("requestId")).ok_or("the value names no approval")?;
        Self::checked(id, text("digest").ok_or("the value names no digest")?)
    }

    /// As a modal carries it, with the card it was opened from.
    pub(crate) fn metadata(&self, card: Option<&CardAddress>) -> String {
        json!({ "id": self.id, "digest": self.digest, "card": card }).to_string()
    }

    fn checked(id: &str, digest: &str) -> Result<Self, String> {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != 64 || !hex.bytes().all(lower) {
            return Err("the value's digest is not sha256:<hex>".into());
        }
        let id = ApprovalId::parse(id).ok_or("the value's id is not an approval's")?;
        Ok(Self { id, digest: Digest::claimed(digest) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "appr_00000000000000000000000000";

    #[test]
    fn a_subject_is_read_in_both_spellings_and_never_without_a_digest() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let subject = Subject::parse(&format!("{ID}|{digest}")).unwrap();
        assert_eq!(Subject::parse(&subject.value()).as_ref(), Ok(&subject));
        for key in ["id", "requestId"] {
            assert_eq!(Subject::parse(&json!({key: ID, "digest": digest}).to_string()).as_ref(), Ok(&subject));
        }
        let upper = digest.to_uppercase();
        let bad = [
            String::new(),
            ID.into(),
            format!("{ID}|"),
            format!("{ID}|{upper}"),
            format!("{ID}|{digest}|x"),
            format!("appr_..|{digest}"),
            json!({"id": ID}).to_string(),
            json!({"id": ID, "digest": 1}).to_string(),
            "{".into(),
            "[".repeat(100_000),
            "{\"id\":".repeat(100_000),
        ];
        bad.iter().for_each(|text| assert!(Subject::parse(text).is_err(), "{text:.80}"));
    }
}
