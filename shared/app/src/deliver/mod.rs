//! An approval reaches people, an executor and a callback.

pub(crate) mod attempt;
pub mod call_back;
pub mod deliver_approval;
pub mod execute_approval;
pub(crate) mod give_up;
pub(crate) mod left_behind;
pub mod look_again;
pub(crate) mod outgoing;
pub(crate) mod replay;
pub mod show_again;
pub(crate) mod targets;
pub(crate) mod turns;
pub(crate) mod writer;
