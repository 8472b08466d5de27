//! Say who calls: the tokens that configured issuers signed, and whom their claims make of a caller. Pure, as the domain is: keys and the
//! time are passed in.

pub mod algorithm;
pub mod issuer;
pub mod jwk;
pub mod jwt;
mod strict_json;
