//! What was approved is executed.

pub(crate) mod executes;
pub(crate) mod executes_crashes;
pub(crate) mod scrubbed;
