//! What happens without anybody calling: the stream's records, and what falls due.

pub mod publish_changes;
pub(crate) mod redrive;
pub mod sweep_due;
pub mod swept;
pub mod tell_ahead;
