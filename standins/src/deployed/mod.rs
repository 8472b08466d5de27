//! What a function's program meets on AWS, around the local host's engine: the services that it calls, and the Runtime API.

pub mod aws;
pub mod lambda;
pub mod runtime_api;
