//! The console's sessions. The content of a cookie is sealed, and every form carries a token that only this deployment can make.

use crate::gate::sealing::retired;
use crate::{Failure, Keyed};
use domain::secret::Label;

/// The purpose that a session is sealed for.
const SESSION: &str = "console session";

impl Keyed {
    /// Seals the content of a session's cookie.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn seal_session(&self, text: &str) -> Result<String, Failure> {
        let sealed = self.root.seal(SESSION, self.random()?, text.as_bytes()).ok_or_else(retired)?;
        Ok(data_encoding::BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    /// Opens a session's cookie; none if the seal is wrong.
    pub fn open_session(&self, cookie: &str) -> Option<String> {
        let root = &self.root;
        let sealed = data_encoding::BASE64URL_NOPAD.decode(cookie.as_bytes()).ok();
        let opened = sealed.and_then(|sealed| root.open(SESSION, std::str::from_utf8(&sealed).ok()?));
        opened.and_then(|opened| String::from_utf8(opened).ok())
    }

    /// The tokens that a form of this session may carry. The first is the current one. The others are for a form that was made under
    /// another root secret, before or during a rotation.
    pub fn csrf_of(&self, cookie: &str) -> Vec<String> {
        let root = &self.root;
        let macs = root.numbers().filter_map(|number| root.mac(Label::Csrf, number, cookie.as_bytes()));
        macs.map(|mac| data_encoding::BASE64URL_NOPAD.encode(&mac)).collect()
    }
}
