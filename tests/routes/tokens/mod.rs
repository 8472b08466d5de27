//! Bearer tokens of issuers.

pub(crate) mod jwt;
pub(crate) mod jwt_keys;
