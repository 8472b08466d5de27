//! The console's sessions: what a cookie says is sealed, and a form brings along what only we could have drawn into it.

use crate::gate::sealing::retired;
use crate::{Failure, Keyed};
use domain::secret::Label;

/// What a session's seal is for.
const SESSION: &str = "console session";

impl Keyed {
    /// Seals what a session's cookie says.
    ///
    /// # Errors
    /// The operating system gave no random bytes.
    pub fn seal_session(&self, text: &str) -> Result<String, Failure> {
        let sealed = self.root.seal(SESSION, self.random()?, text.as_bytes()).ok_or_else(retired)?;
        Ok(data_encoding::BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    /// Opens a session's cookie; none where it is not ours.
    pub fn open_session(&self, cookie: &str) -> Option<String> {
        let root = &self.root;
        let sealed = data_encoding::BASE64URL_NOPAD.decode(cookie.as_bytes()).ok();
        let opened = sealed.and_then(|sealed| root.open(SESSION, std::str::from_utf8(&sealed).ok()?));
        opened.and_then(|opened| String::from_utf8(opened).ok())
    }

    /// What a form of a session must bring along: the first of these, or one of the others where it was drawn before another root
    /// secret was put in use, or by a process that knows of that already.
    pub fn csrf_of(&self, cookie: &str) -> Vec<String> {
        let root = &self.root;
        let macs = root.numbers().filter_map(|number| root.mac(Label::Csrf, number, cookie.as_bytes()));
        macs.map(|mac| data_encoding::BASE64URL_NOPAD.encode(&mac)).collect()
    }
}
