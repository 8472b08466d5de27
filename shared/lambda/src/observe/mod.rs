//! What is said of an invocation: its line, its metrics.

pub(crate) mod line;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod observer;
