//! Decide: the approval, its state machine, the policy and the principals. Pure: no clock, no I/O, no async.
//!
//! The cast: an [`Approval`] is asked for under a [`Policy`]; a [`Command`] is applied to it by [`apply()`], under the [`Law`] in
//! force; what came of it is a new approval and the [`Entry`]s to tell the world, or a [`Refusal`].

pub mod apply;
pub mod approval;
mod asked;
mod asked_params;
pub mod authority;
pub mod command;
pub mod connector;
mod decimal;
pub mod difference;
pub mod digest;
pub mod edit;
mod execution;
pub mod fault;
pub mod hidden;
pub mod history;
pub mod id;
pub mod json;
mod keys;
mod line_ends;
pub mod path;
mod places;
pub mod policy;
pub mod principal;
pub mod redact;
pub mod refusal;
mod refused_before;
pub mod request;
pub mod requester;
pub mod role;
pub mod scrub;
pub mod secret;
mod spelling;
pub mod status;
pub mod title;
pub mod token;
pub mod traceparent;
pub mod typed;
pub mod view;
pub mod visible;

pub use apply::{Applied, apply};
pub use approval::{Approval, ReasonCode, Status};
pub use authority::Law;
pub use command::Command;
pub use fault::{Fault, Faults};
pub use history::{Entry, Event};
pub use id::{ApprovalId, Workspace};
pub use jiff::Timestamp;
pub use policy::Policy;
pub use principal::Principal;
pub use refusal::Refusal;
pub use role::Role;
pub use traceparent::Traceparent;
