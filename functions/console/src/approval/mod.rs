//! One approval: what will be done, exactly; who asks, why, and by which rule; how far it got; and what the viewer may do about it.

mod act;
mod decision;
mod edit;
mod facts;
mod forms;
mod history;
mod part;
mod progress;
mod show;

pub(crate) use act::act;
pub(crate) use edit::{form, preview};
pub(crate) use show::{json, show};
