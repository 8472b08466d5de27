//! The signature over a message: HMAC-SHA256 of `{id}.{timestamp}.{body}` (Standard Webhooks 1.0, "Signature scheme").

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What `webhook-signature` says: a signature with each secret, separated by spaces. `None` where there is no secret, or an empty
/// one: under that, anybody can sign.
pub fn sign<S: AsRef<[u8]>>(secrets: &[S], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let all: Option<Vec<String>> = secrets.iter().map(|secret| one(secret.as_ref(), id, timestamp, body)).collect();
    all.filter(|signatures| !signatures.is_empty()).map(|signatures| signatures.join(" "))
}

fn one(secret: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok().filter(|_| !secret.is_empty())?;
    for part in [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body] {
        mac.update(part);
    }
    Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::config::read_secret;

    /// The example of the specification's reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn the_published_example_is_signed_as_published() {
        let secret = read_secret(SECRET).unwrap();
        assert_eq!(sign(&[&secret], ID, 1_614_265_330, BODY).as_deref(), Some(SIGNATURE));
        assert_ne!(sign(&[&secret], ID, 1_614_265_331, BODY).as_deref(), Some(SIGNATURE));
    }

    #[test]
    fn each_of_two_secrets_signs_while_rotating() {
        let (old, new) = (read_secret(SECRET).unwrap(), vec![7; 24]);
        let both = sign(&[&new, &old], ID, 1_614_265_330, BODY).unwrap();
        let (first, second) = both.split_once(' ').unwrap();
        assert!(first.starts_with("v1,") && first != second);
        assert_eq!(second, SIGNATURE);
    }

    #[test]
    fn nothing_is_signed_without_a_secret() {
        assert_eq!(sign::<&[u8]>(&[], ID, 0, BODY), None);
        assert_eq!(sign(&[b"".as_slice()], ID, 0, BODY), None);
        assert_eq!(sign(&[vec![7; 24], Vec::new()], ID, 0, BODY), None);
    }
}
