//! An agent asks, asks again after a refusal, and finds out whether it would have to ask.

pub(crate) mod admit_request;
pub mod evaluate_request;
pub mod re_request_approval;
pub mod request_approval;
