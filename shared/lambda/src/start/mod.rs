//! How a function starts: its environment, the clients of AWS, and how they reach it.

pub(crate) mod aws;
pub(crate) mod environment;
pub(crate) mod function;
pub(crate) mod wire;
