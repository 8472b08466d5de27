//! Stand-ins for the outside world, as strict as it is.

pub mod blockkit;
pub mod slack;
