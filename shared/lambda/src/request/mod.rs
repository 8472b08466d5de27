//! What a request says: who calls, which route, which query, which body.

pub(crate) mod arrived;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod query;
pub(crate) mod route;
