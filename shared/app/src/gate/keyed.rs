//! A gate with the deployment's root secrets: it makes and reads tokens, seals values and opens them.

use crate::{Failure, Gate};
use domain::secret::RootSecret;
use domain::token::WaitToken;
use std::ops::Deref;

/// For use cases that need the root secrets.
#[derive(Clone, Debug)]
pub struct Keyed {
    gate: Gate,
    /// The root secrets.
    pub root: RootSecret,
}

impl Keyed {
    /// A gate with these root secrets.
    pub fn new(gate: Gate, root: RootSecret) -> Self {
        Self { gate, root }
    }

    /// The wait token that a text is.
    ///
    /// # Errors
    /// `TokenNotFound` if the token is forged or garbled.
    pub(crate) fn wait_token(&self, text: &str) -> Result<WaitToken, Failure> {
        WaitToken::parse(&self.root, text).ok_or(Failure::TokenNotFound)
    }
}

impl Deref for Keyed {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.gate
    }
}
