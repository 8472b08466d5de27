//! An open approval changes: people approve, deny or acknowledge; the agent, an admin or the token's holder cancels; time
//! escalates and expires.

pub mod acknowledge_persona;
pub mod cancel_approval;
pub(crate) mod change_approval;
pub mod decide_approval;
pub mod escalate_approval;
pub mod expire_approval;
pub(crate) mod recognise_refusal;
pub(crate) mod require_personas;
