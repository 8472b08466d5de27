//! One root secret and the keys derived from it by label and number; sealing with one of them.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;

/// The least a root secret may have, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;

/// The deployment's root secrets by number: the current one makes, older ones still open what they made.
#[derive(Clone)]
pub struct RootSecret {
    current: u32,
    by_number: BTreeMap<u32, Vec<u8>>,
}

/// What a derived key is for. A label is never used for two things.
#[derive(Clone, Copy, Debug)]
pub enum Label {
    /// Wait tokens.
    WaitToken,
    /// The nonce inside a digest.
    Nonce,
    /// Redacted values at rest.
    Seal,
    /// The fingerprint of a request's body, for idempotency.
    Fingerprint,
    /// The fingerprint of a report on an execution.
    Report,
    /// Decision links.
    DecisionLink,
    /// What a form of the console brings along.
    Csrf,
    /// What is kept beside the data to know the secret by.
    Proof,
}

impl Label {
    fn word(self) -> &'static str {
        match self {
            Self::WaitToken => "wait-token",
            Self::Nonce => "nonce",
            Self::Seal => "seal",
            Self::Fingerprint => "fingerprint",
            Self::Report => "report",
            Self::DecisionLink => "decision-link",
            Self::Csrf => "csrf",
            Self::Proof => "proof",
        }
    }
}

impl RootSecret {
    /// Reads the secret's text: one line is secret number 1; of several lines `<n>:<secret>` the highest number is current, unless a
    /// line `current:<n>` says which is. With that line every process can learn a new secret before any of them makes something under
    /// it.
    ///
    /// # Errors
    /// A sentence where a secret is shorter than 32 bytes, a number is there twice or a line is not of that form. It never quotes
    /// the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut by_number, mut current) = (BTreeMap::new(), None);
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
            match line.split_once(':') {
                Some(("current", _)) if current.is_some() => {
                    return Err("the root secret says twice which is current".into());
                }
                Some(("current", number)) => current = Some(self::number(number)?),
                Some((number, secret)) => keep(&mut by_number, self::number(number)?, secret)?,
                None => keep(&mut by_number, 1, line)?,
            }
        }
        let highest = by_number.keys().max().copied().ok_or("the root secret is empty")?;
        let current = current.unwrap_or(highest);
        let known = by_number.contains_key(&current);
        known.then_some(Self { current, by_number }).ok_or(format!("root secret {current} is current and not there"))
    }

    /// The number that new things are made under.
    pub fn current(&self) -> u32 {
        self.current
    }

    /// Every number that is not retired, the current one first.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        let others = self.by_number.keys().copied().filter(|number| *number != self.current);
        std::iter::once(self.current).chain(others)
    }

    /// The key for a label under a number; `None` where that secret is retired.
    pub fn key(&self, label: Label, number: u32) -> Option<[u8; 32]> {
        let root = self.by_number.get(&number)?;
        let mut key = [0; 32];
        let info = format!("countersign/{}/{number}", label.word());
        Hkdf::<Sha256>::new(None, root).expand(info.as_bytes(), &mut key).ok()?;
        Some(key)
    }

    /// HMAC-SHA256 of a message under a label's key.
    pub fn mac(&self, label: Label, number: u32, message: &[u8]) -> Option<[u8; 32]> {
        let key = self.key(label, number)?;
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key).ok()?;
        mac.update(message);
        Some(mac.finalize().into_bytes().into())
    }

    /// What the secret of a number is known by; it says nothing of the secret. `None` where that is retired.
    pub fn proof(&self, number: u32) -> Option<String> {
        let mac = self.mac(Label::Proof, number, b"countersign")?;
        let (half, _) = mac.split_at(16);
        Some(data_encoding::HEXLOWER.encode(half))
    }

    /// Seals a text so that only this deployment reads it, and only as part of `context`. `<n>.<base64 of nonce and ciphertext>`.
    pub fn seal(&self, context: &str, nonce: [u8; 24], text: &[u8]) -> Option<String> {
        let cipher = XChaCha20Poly1305::new(&self.key(Label::Seal, self.current)?.into());
        let payload = Payload { msg: text, aad: context.as_bytes() };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(format!("{}.{}", self.current, BASE64.encode(&[&nonce[..], &sealed].concat())))
    }

    /// Opens what [`Self::seal`] made; `None` where it was made elsewhere, for another context, or under a retired secret.
    pub fn open(&self, context: &str, sealed: &str) -> Option<Vec<u8>> {
        let (number, rest) = sealed.split_once('.')?;
        let bytes = BASE64.decode(rest.as_bytes()).ok()?;
        let (nonce, ciphertext) = bytes.split_at_checked(24)?;
        let nonce: [u8; 24] = nonce.try_into().ok()?;
        let cipher = XChaCha20Poly1305::new(&self.key(Label::Seal, number.parse().ok()?)?.into());
        cipher.decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: context.as_bytes() }).ok()
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| "a line of the root secret does not begin with a number".to_owned())
}

fn keep(by_number: &mut BTreeMap<u32, Vec<u8>>, number: u32, secret: &str) -> Result<(), String> {
    if secret.len() < MIN_SECRET_BYTES {
        return Err(format!("root secret {number} is shorter than {MIN_SECRET_BYTES} bytes"));
    }
    match by_number.insert(number, secret.as_bytes().to_vec()) {
        Some(_) => Err(format!("root secret {number} is there twice")),
        None => Ok(()),
    }
}

impl fmt::Debug for RootSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootSecret({} numbers)", self.by_number.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_in_its_own_context_and_after_a_rotation_only() {
        let one = RootSecret::parse(&"a".repeat(40)).unwrap();
        let two = RootSecret::parse(&format!("1:{}\n2:{}", "a".repeat(40), "b".repeat(40))).unwrap();
        let sealed = one.seal("appr_x", [9; 24], b"4111").unwrap();
        assert!(!sealed.contains("4111"));
        assert_eq!(two.open("appr_x", &sealed).as_deref(), Some(&b"4111"[..]));
        assert_eq!(two.open("appr_y", &sealed), None);
        let only_two = RootSecret::parse(&format!("2:{}", "b".repeat(40))).unwrap();
        assert_eq!(only_two.open("appr_x", &sealed), None);
    }

    #[test]
    fn a_new_secret_is_known_before_it_is_current() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let announced = RootSecret::parse(&format!("1:{a}\n2:{b}\ncurrent:1")).unwrap();
        let current = RootSecret::parse(&format!("1:{a}\n2:{b}")).unwrap();
        assert_eq!((announced.current(), current.current()), (1, 2));
        let sealed = current.seal("appr_x", [9; 24], b"4111").unwrap();
        assert_eq!(announced.open("appr_x", &sealed).as_deref(), Some(&b"4111"[..]));
    }

    #[test]
    fn a_secret_that_makes_no_sense_is_refused_without_being_quoted() {
        let long = "quoted".repeat(8);
        let twice = format!("1:{long}\n1:{long}");
        let (nobody, nothing) = (format!("1:{long}\ncurrent:2"), format!("1:{long}\ncurrent:"));
        let both = format!("1:{long}\n2:{long}2\ncurrent:1\ncurrent:2");
        for bad in ["", "quoted", "quoted:y", "1:quoted", &twice, &nobody, &nothing, &both] {
            assert!(RootSecret::parse(bad).is_err_and(|e| !e.contains("quoted")), "{bad}");
        }
    }
}
