//! What stands in a request's parameters: read strictly, hidden, compared, and made visible as it will be done.

pub(crate) mod decimal;
pub mod difference;
pub mod hidden;
pub mod json;
pub(crate) mod keys;
pub(crate) mod line_ends;
pub mod path;
pub(crate) mod places;
pub mod redact;
pub mod scrub;
pub mod typed;
pub mod visible;
