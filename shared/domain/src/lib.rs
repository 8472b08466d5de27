//! Decide: the approval, its state machine, the policy and the principals. Pure: no clock, no I/O, no async.
//!
//! An agent asks for an [`Approval`] under a [`Policy`]. [`apply()`] applies a [`Command`] to the approval, under the [`Law`] in force. The
//! result is a new approval and the [`Entry`]s to publish, or a [`Refusal`].

pub mod apply;
pub mod approval;
pub mod connector;
pub mod delivery;
pub mod digest;
pub mod fault;
pub mod id;
pub mod limits;
pub mod params;
pub mod policy;
pub mod principal;
pub mod refusal;
pub mod role;
pub mod secret;
pub mod shape;
mod spelling;
pub mod status;
pub mod token;
pub mod traceparent;
pub mod view;

pub use apply::authority::Law;
pub use apply::command::Command;
pub use apply::{Applied, apply};
pub use approval::history::{Entry, Event};
pub use approval::{Approval, ReasonCode, Status};
pub use fault::{Fault, Faults};
pub use id::{ApprovalId, Workspace};
pub use jiff::Timestamp;
pub use policy::Policy;
pub use principal::Principal;
pub use refusal::Refusal;
pub use role::Role;
pub use traceparent::Traceparent;
