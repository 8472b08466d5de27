//! Names of things: workspaces and approval ids, checked once where they enter.

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::LazyLock};

/// Crockford's base 32 in lower case, as ULIDs spell it.
static CROCKFORD: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    spec.encoding().ok()
});

/// 16 random or derived bytes as the 26 characters after an id's prefix.
pub fn spell(bits: [u8; 16]) -> String {
    CROCKFORD.as_ref().map(|c| c.encode(&bits)).unwrap_or_default()
}

/// The name of a workspace: 1 to 63 of `a-z`, `0-9` and `-`, as in a DNS label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Workspace(String);

impl Workspace {
    /// The workspace of a caller who names none.
    pub fn default_name() -> Self {
        Self("default".into())
    }

    /// `None` where the name is not one a workspace can have.
    pub fn parse(name: &str) -> Option<Self> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let ok =
            (1..=63).contains(&name.len()) && name.chars().all(good) && !name.starts_with('-') && !name.ends_with('-');
        ok.then(|| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `appr_` and 26 characters; `requestId`, `approval_id` and an activity record's `request_id` are all this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApprovalId(String);

impl ApprovalId {
    /// The id of 16 random or derived bytes.
    pub fn from_bits(bits: [u8; 16]) -> Self {
        Self(format!("appr_{}", spell(bits)))
    }

    /// `None` where the text cannot be an id.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("appr_")?;
        let ok = rest.len() == 26 && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ok.then(|| Self(text.into()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_spelling() {
        let id = ApprovalId::from_bits([7; 16]);
        assert_eq!(id.as_str().len(), 31);
        assert_eq!(ApprovalId::parse(id.as_str()), Some(id));
        assert_eq!(ApprovalId::parse("appr_../../x"), None);
    }

    #[test]
    fn a_workspace_is_a_dns_label() {
        assert!(Workspace::parse("team-7").is_some());
        for bad in ["", "-a", "a-", "A", "a#b", "a/b", &"a".repeat(64)] {
            assert!(Workspace::parse(bad).is_none(), "{bad}");
        }
    }
}
