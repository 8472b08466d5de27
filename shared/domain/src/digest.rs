//! What was agreed to, as one hash: the digest every button, modal, link and decision carries.

use crate::json::canonical;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// `sha256:<hex>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Over canonical JSON (RFC 8785) of `{action, nonce, params}` with original values. The nonce is known to the token's holder
    /// only, so that a digest shown beside redacted values cannot be guessed back.
    pub fn of(action: &str, nonce: &str, params: &Map<String, Value>) -> Self {
        let bound = json!({ "action": action, "nonce": nonce, "params": params });
        Self(format!("sha256:{}", sha256_hex(&canonical(&bound))))
    }

    /// A digest somebody sends; nothing but comparison is done with it.
    pub fn claimed(text: &str) -> Self {
        Self(text.into())
    }

    /// `sha256:<hex>`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_the_order_of_nothing_but_the_values_of_everything() {
        let params = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let one = Digest::of("a", "n", &params(r#"{"x":1.0,"y":"007"}"#));
        assert_eq!(one, Digest::of("a", "n", &params(r#"{"y":"007","x":1}"#)));
        assert_ne!(one, Digest::of("a", "n", &params(r#"{"y":7,"x":1}"#)));
        assert_ne!(one, Digest::of("a", "m", &params(r#"{"y":"007","x":1}"#)));
        assert_eq!(one.as_str().len(), 71);
    }
}
