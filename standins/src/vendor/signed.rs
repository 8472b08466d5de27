//! What vendors post to us: a raw body with headers, signed, and the same gone wrong.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A webhook as a vendor posts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The raw body.
    pub body: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Signed {
    /// The value of a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }

    /// The same, without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    /// The same, with something in the body changed after it was signed.
    pub fn forged(mut self, from: &str, to: &str) -> Self {
        self.body = self.body.replace(from, to);
        self
    }
}

/// HMAC-SHA256 in lower-case hexadecimal.
pub fn hmac(secret: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(body.as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes())
    });
    mac.unwrap_or_default()
}
