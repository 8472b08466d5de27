//! What a host is started with: its options, what the first start makes, and the parts that every function is made of.

pub mod first_start;
pub(crate) mod options;
pub(crate) mod parts;

pub use parts::Parts;
