//! What falls due.

pub(crate) mod at_its_second;
pub mod dues;
pub(crate) mod sweeps_many;
