//! A JSON Web Token as it comes (RFC 7519, in the compact form of RFC 7515 §3.1): taken apart strictly, and not believed yet.

use crate::algorithm::Algorithm;
use crate::strict_json;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

/// The longest token: a gateway takes headers of 10 KB in all.
const MAX_LENGTH: usize = 8_192;
/// What `typ` may say, whatever its case: a token of another type is meant for somebody else (RFC 8725 §3.11).
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// A token's parts.
#[derive(Debug)]
pub struct Token<'a> {
    /// Which of the issuer's keys is said to have signed it.
    pub kid: Option<String>,
    /// How it is said to be signed.
    pub algorithm: Algorithm,
    /// What it claims.
    pub claims: Value,
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// What is wrong with it, for the log.
    pub fn read(text: &'a str) -> Result<Self, &'static str> {
        if text.len() > MAX_LENGTH {
            return Err("it is too long");
        }
        let (signed, signature) = text.rsplit_once('.').ok_or("it is no token")?;
        let (header, claims) =
            signed.split_once('.').filter(|(_, c)| !c.contains('.')).ok_or("it has not three parts")?;
        let header = object(header).ok_or("its header cannot be read")?;
        let claims = object(claims).ok_or("its claims cannot be read")?;
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        let algorithm = algorithm.ok_or("its algorithm is none that is known here")?;
        let signature = decoded(signature).filter(|bytes| !bytes.is_empty()).ok_or("its signature cannot be read")?;
        Ok(Self { kid: kid(&header)?, algorithm, claims, signed, signature })
    }

    /// A claim that is there and not null: by its name, or by a JSON Pointer where it lies deeper.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        let found = if name.starts_with('/') { self.claims.pointer(name) } else { self.claims.get(name) };
        found.filter(|value| !value.is_null())
    }
}

/// The key's id, from a header that has nothing in it that must be understood and is not.
fn kid(header: &Value) -> Result<Option<String>, &'static str> {
    if header.get("crit").is_some() {
        return Err("its header has something critical");
    }
    let text = |name: &str| header.get(name).map(Value::as_str);
    let known = |kind: &str| TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind));
    if text("typ").is_some_and(|kind| !kind.is_some_and(known)) {
        return Err("its type is another");
    }
    match text("kid") {
        Some(None) => Err("its kid is no text"),
        kid => Ok(kid.flatten().map(String::from)),
    }
}

fn object(part: &str) -> Option<Value> {
    strict_json::parse(&decoded(part)?).ok().filter(Value::is_object)
}

/// Without padding, and in the one spelling that the bytes have.
fn decoded(part: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(part.as_bytes()).ok()
}
