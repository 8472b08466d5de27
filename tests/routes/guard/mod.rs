//! `/api/guard/…`.

pub(crate) mod cancel;
pub(crate) mod request;
pub(crate) mod rerequest;
pub(crate) mod wait_poll;
pub(crate) mod wait_sse;
