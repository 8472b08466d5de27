//! An agent asks, and asks again after a refusal.

pub(crate) mod admit_request;
pub mod re_request_approval;
pub mod request_approval;
