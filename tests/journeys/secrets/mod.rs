//! Secrets, keys and tokens.

pub(crate) mod issuers;
pub(crate) mod kept;
pub(crate) mod proven;
pub(crate) mod rotates;
pub(crate) mod tokens;
