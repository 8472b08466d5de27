//! Whom a bearer token of a configured issuer speaks of, if it is to be believed.

use crate::memory::issuers::Wire;
use crate::{Failure, Gate};
use identity::issuer::{self, Holder, Issuer};
use identity::jwt::Token;

impl Gate {
    /// The holder of a token; none if anything is wrong with it. Only the log says what is wrong, and never quotes the token.
    ///
    /// # Errors
    /// `Unavailable` where all that can be checked is right and the issuer's keys cannot be had.
    pub(crate) async fn verify_token(&self, bearer: &str) -> Result<Option<Holder>, Failure> {
        let refused = |why: &str| tracing::debug!(why, "a bearer token was refused");
        let (issuer, token, holder) = match self.read_token(bearer) {
            Ok(read) => read,
            Err(why) => {
                refused(why);
                return Ok(None);
            }
        };
        let wire = Wire { http: &self.http, clock: &self.clock };
        let signed = self.memory.issuers.signed(wire, issuer, &token).await?;
        if !signed {
            refused("none of the issuer's keys made its signature");
        }
        Ok(signed.then_some(holder))
    }

    /// Everything but the signature comes first: nobody makes us fetch keys for what is not ours anyway.
    fn read_token<'a>(&self, bearer: &'a str) -> Result<(&Issuer, Token<'a>, Holder), &'static str> {
        let token = Token::read(bearer)?;
        let issuer = issuer::of(&self.memory.issuers.all, &token)?;
        let holder = issuer.holder(&token, self.clock.now())?;
        Ok((issuer, token, holder))
    }
}
