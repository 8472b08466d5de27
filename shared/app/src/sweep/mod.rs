//! Timers that fall due, and approvals whose cards lag. `sweep` calls this room; `publish` takes from it.

pub(crate) mod redrive;
pub mod sweep_due;
pub mod swept;
pub mod tell_ahead;
