//! From tree and facts to true, false or a doubt. `walk.rs` visits the tree and pays for each step; the other files compute on values that
//! `walk.rs` has: `compare.rs`, `compute.rs`, `access.rs`, `convert.rs`, `text.rs`, `part.rs`. Only `condition.rs`
//! comes in.

mod access;
mod budget;
mod compare;
mod compute;
mod convert;
mod doubt;
mod part;
mod text;
mod value;
mod walk;

pub use budget::Budget;
pub(crate) use doubt::Fail;
pub(crate) use walk::holds;
