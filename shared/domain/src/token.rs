//! The wait token. Its holder may learn an approval's outcome with all original hidden values, cancel the request, and learn the token of
//! the request that asks again. The holder can also sign a callback.

use crate::ApprovalId;
use crate::id::spell;
use crate::secret::{Label, RootSecret};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// `cwt_<n>_<id>_<mac>`: an HMAC of the id under root secret `n`.
#[derive(Clone, PartialEq, Eq)]
pub struct WaitToken {
    number: u32,
    id: ApprovalId,
    mac: String,
}

impl WaitToken {
    /// The token of an approval under the secret it was made with; `None` where that secret is retired.
    pub fn issue(root: &RootSecret, number: u32, id: &ApprovalId) -> Option<Self> {
        let mac = root.mac(Label::WaitToken, number, id.as_str().as_bytes())?;
        let (first, second) = mac.split_at(16);
        let mac = spell(first.try_into().ok()?) + &spell(second.try_into().ok()?);
        Some(Self { number, id: id.clone(), mac })
    }

    /// Reads a token. A forged or garbled one fails here, without a read; under a retired secret only its shape can be checked,
    /// and the stored hash decides.
    pub fn parse(root: &RootSecret, text: &str) -> Option<Self> {
        let (number, rest) = text.strip_prefix("cwt_")?.split_once('_')?;
        let (id, mac) = rest.rsplit_once('_')?;
        let plain = !number.is_empty() && number.len() <= 9 && number.chars().all(|c| c.is_ascii_digit());
        let claimed =
            Self { number: number.parse().ok().filter(|_| plain)?, id: ApprovalId::parse(id)?, mac: mac.into() };
        match Self::issue(root, claimed.number, &claimed.id) {
            Some(real) => bool::from(real.text().as_bytes().ct_eq(text.as_bytes())).then_some(real),
            None => {
                let retired = (1..root.current()).contains(&claimed.number);
                (retired && claimed.mac.len() == 52 && claimed.text() == text).then_some(claimed)
            }
        }
    }

    /// The approval it is for.
    pub fn id(&self) -> &ApprovalId {
        &self.id
    }

    /// The number of the root secret it was made under.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The token itself: a secret of its holder.
    pub fn text(&self) -> String {
        format!("cwt_{}_{}_{}", self.number, self.id, self.mac)
    }

    /// What is stored of it: half of a SHA-256, which is as hard to find a second token for as a key of 128 bits.
    pub fn hash(&self) -> String {
        let hash = Sha256::digest(self.text());
        BASE64URL_NOPAD.encode(hash.get(..16).unwrap_or(&hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_a_changed_one_is_not() {
        let root = RootSecret::parse(&"s".repeat(32)).unwrap();
        let token = WaitToken::issue(&root, 1, &ApprovalId::from_bits([3; 16])).unwrap();
        let text = token.text();
        assert!(WaitToken::parse(&root, &text) == Some(token));
        for i in 0..text.len() {
            let mut bad = text.clone().into_bytes();
            bad[i] = if bad[i] == b'0' { b'1' } else { b'0' };
            let bad = String::from_utf8(bad).unwrap();
            let other_secret = WaitToken::parse(&root, &bad).is_some_and(|t| t.number == 1);
            assert!(!other_secret, "{bad}");
        }
        for rubbish in ["", "cwt_", "cwt_1_x_y", "cwt_01_", "cwt_-1_a_b", "cwt_99999999999_a_b"] {
            assert!(WaitToken::parse(&root, rubbish).is_none(), "{rubbish}");
        }
    }
}
