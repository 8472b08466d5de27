//! The local host itself.

pub(crate) mod killed;
pub(crate) mod raw_events;
pub(crate) mod speaks;
