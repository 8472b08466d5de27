//! Decision links: signed, expiring, bound to an approval and to its digest when the link was made. A link decides nothing; it opens a page
//! for a person who is signed in.

use crate::gate::sealing::retired;
use crate::{Failure, Keyed};
use data_encoding::BASE64URL_NOPAD;
use domain::digest::Digest;
use domain::secret::Label;
use domain::{Approval, ApprovalId, Timestamp};

/// The content of a link whose signature was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    /// The approval.
    pub id: ApprovalId,
    /// The digest when the link was made.
    pub digest: Digest,
}

impl Keyed {
    /// The link to an approval as it is now; none without a console.
    ///
    /// # Errors
    /// No key can be derived for it.
    pub fn decision_link(&self, approval: &Approval) -> Result<Option<String>, Failure> {
        let Some(console) = self.console() else { return Ok(None) };
        let number = self.root.current();
        let digest = approval.digest.to_string();
        let hex = digest.strip_prefix("sha256:").unwrap_or(&digest);
        let claim = format!("{number}.{}.{hex}.{}", approval.id, approval.expires_at.as_second());
        let mac = self.link_mac(number, &claim)?;
        Ok(Some(format!("{console}/decide/{claim}.{mac}")))
    }

    /// Reads a link; none if its signature is wrong or it has expired.
    pub fn read_decision_link(&self, link: &str) -> Option<Linked> {
        let (claim, mac) = link.rsplit_once('.')?;
        let [number, id, hex, until] = claim.split('.').collect::<Vec<_>>()[..] else { return None };
        let (Ok(number), Some(id), Ok(until)) = (number.parse(), ApprovalId::parse(id), until.parse()) else {
            return None;
        };
        let real = self.link_mac(number, claim).ok()?;
        let ours = bool::from(subtle::ConstantTimeEq::ct_eq(real.as_bytes(), mac.as_bytes()));
        let over = Timestamp::from_second(until).is_ok_and(|until| self.clock.now() >= until);
        (ours && !over).then(|| Linked { id, digest: Digest::claimed(&format!("sha256:{hex}")) })
    }

    fn link_mac(&self, number: u32, claim: &str) -> Result<String, Failure> {
        let mac = self.root.mac(Label::DecisionLink, number, claim.as_bytes()).ok_or_else(retired)?;
        let (half, _) = mac.split_at(16);
        Ok(BASE64URL_NOPAD.encode(half))
    }
}
