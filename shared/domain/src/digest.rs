//! What was agreed to, as one hash: the digest every button, modal, link and decision carries.

use crate::params::json::canonical;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
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
        Self::of_canonical(action, nonce, &canonical_params(params))
    }

    /// The same over parameters that are in canonical form already: where one request is compared under many nonces.
    pub fn of_canonical(action: &str, nonce: &str, params: &CanonicalParams) -> Self {
        // The names are in canonical order, and nothing stands between them.
        let parts: [&[u8]; 7] = [
            br#"{"action":"#,
            &canonical(&action.into()),
            br#","nonce":"#,
            &canonical(&nonce.into()),
            br#","params":"#,
            &params.0,
            b"}",
        ];
        Self(format!("sha256:{}", sha256_hex(&parts.concat())))
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

/// A request's parameters in canonical form.
#[derive(Clone, Debug)]
pub struct CanonicalParams(Vec<u8>);

/// The canonical form of a request's parameters.
pub fn canonical_params(params: &Map<String, Value>) -> CanonicalParams {
    CanonicalParams(serde_json_canonicalizer::to_vec(params).unwrap_or_default())
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_digest_knows_the_order_of_nothing_but_the_values_of_everything() {
        let params = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let one = Digest::of("a", "n", &params(r#"{"x":1.0,"y":"007"}"#));
        assert_eq!(one, Digest::of("a", "n", &params(r#"{"y":"007","x":1}"#)));
        assert_ne!(one, Digest::of("a", "n", &params(r#"{"y":7,"x":1}"#)));
        assert_ne!(one, Digest::of("a", "m", &params(r#"{"y":"007","x":1}"#)));
        assert_eq!(one.as_str().len(), 71);
    }

    #[test]
    fn a_digest_is_that_of_the_whole_in_canonical_form() {
        let (action, nonce) = ("a \"b\" \u{e9}\n", "n\\");
        for params in [json!({}), json!({ "z": 1.0, "a": ["\u{1f600}", null, { "y": 1e21, "b": "\"" }] })] {
            let bound = json!({ "action": action, "nonce": nonce, "params": params });
            let expected = format!("sha256:{}", sha256_hex(&canonical(&bound)));
            assert_eq!(Digest::of(action, nonce, params.as_object().unwrap()).as_str(), expected);
        }
    }
}
