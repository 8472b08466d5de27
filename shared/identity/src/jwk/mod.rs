//! The public keys that an issuer publishes (RFC 7517), and whether one of them made a signature.

use crate::algorithm::{Algorithm, By};
use crate::jwt::Token;
use crate::strict_json;
use data_encoding::BASE64URL_NOPAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::{Map, Value};

/// An issuer's keys, as far as they are of use here.
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    kid: Option<String>,
    /// The only algorithm it is for, where it says so.
    alg: Option<Algorithm>,
    public: Public,
}

#[derive(Clone, Debug, PartialEq)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl KeySet {
    /// Reads `{"keys": […]}`. Keys of other kinds, for other uses or algorithms, or that cannot be read are left out (RFC 7517 §5).
    ///
    /// # Errors
    /// What is wrong with the document, without a word of it.
    pub fn read(document: &[u8]) -> Result<Self, &'static str> {
        let document = strict_json::parse(document).map_err(|_| "what came is not JSON")?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or("what came has no list of keys")?;
        Ok(Self(keys.iter().filter_map(|key| Key::read(key.as_object()?)).collect()))
    }

    /// Whether the key that a token means made its signature. The token's `kid` and algorithm must leave exactly one key, which may be
    /// published more than once.
    pub fn verifies(&self, token: &Token<'_>) -> bool {
        let mut fitting = self.0.iter().filter(|key| key.fits(token)).map(|key| &key.public);
        fitting.next().is_some_and(|key| fitting.all(|other| other == key) && key.made(token))
    }
}

impl Key {
    fn read(jwk: &Map<String, Value>) -> Option<Self> {
        // Some publish what they do not say as null.
        let get = |name: &str| jwk.get(name).filter(|value| !value.is_null());
        let text = |name: &str| get(name).map_or(Some(None), |value| value.as_str().map(Some));
        let (kid, alg, purpose) = (text("kid")?, text("alg")?, text("use")?);
        let alg = alg.map_or(Some(None), |alg| Algorithm::parse(alg).map(Some))?;
        let operations = match get("key_ops") {
            None => true,
            Some(list) => list.as_array()?.iter().any(|operation| operation == "verify"),
        };
        let meant = operations && purpose.is_none_or(|purpose| purpose == "sig");
        let public = Public::read(jwk).filter(|_| meant)?;
        Some(Self { kid: kid.map(String::from), alg, public })
    }

    fn fits(&self, token: &Token<'_>) -> bool {
        let named = token.kid.is_none() || self.kid == token.kid;
        let suits = matches!(
            (&self.public, token.algorithm.by),
            (Public::Rsa { .. }, By::Rsa(_))
                | (Public::P256(_), By::P256)
                | (Public::P384(_), By::P384)
                | (Public::Ed25519(_), By::Ed25519)
        );
        named && suits && self.alg.is_none_or(|alg| alg == token.algorithm)
    }
}

impl Public {
    fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| BASE64URL_NOPAD.decode(text(name)?.trim_end_matches('=').as_bytes()).ok();
        // A number is the same with zeros before it, which some publish and some leave out.
        let number = |name: &str| Some(bytes(name)?.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>());
        let coordinate = |name: &str, length: usize| {
            let number = number(name)?;
            Some([vec![0; length.checked_sub(number.len())?], number].concat())
        };
        // An uncompressed point.
        let point = |length: usize| Some([vec![4], coordinate("x", length)?, coordinate("y", length)?].concat());
        match (text("kty")?, text("crv")) {
            ("RSA", _) => Some(Self::Rsa { n: number("n")?, e: number("e")? }),
            ("EC", Some("P-256")) => point(32).map(Self::P256),
            ("EC", Some("P-384")) => point(48).map(Self::P384),
            ("OKP", Some("Ed25519")) => bytes("x").map(Self::Ed25519),
            _ => None,
        }
    }

    fn made(&self, token: &Token<'_>) -> bool {
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let plain = |how: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(how, key).verify(message, signature).is_ok()
        };
        match (self, token.algorithm.by) {
            (Self::Rsa { n, e }, By::Rsa(how)) => {
                RsaPublicKeyComponents { n, e }.verify(how, message, signature).is_ok()
            }
            (Self::P256(key), By::P256) => plain(&ECDSA_P256_SHA256_FIXED, key),
            (Self::P384(key), By::P384) => plain(&ECDSA_P384_SHA384_FIXED, key),
            (Self::Ed25519(key), By::Ed25519) => plain(&ED25519, key),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
