//! Who calls: an API key, a token of a configured issuer, or the bootstrap secret.

pub mod authenticate;
pub(crate) mod verify_token;
