//! An approval reaches people, an executor and a callback.

pub(crate) mod attempt;
pub mod call_back;
pub(crate) mod conclude;
pub mod deliver_approval;
pub mod execute_approval;
pub(crate) mod give_up;
pub mod look_again;
pub(crate) mod outgoing;
pub(crate) mod overtaken;
pub(crate) mod replay;
pub(crate) mod rounds;
pub mod show_again;
pub(crate) mod standing;
pub(crate) mod targets;
pub(crate) mod turns;
pub(crate) mod writer;
