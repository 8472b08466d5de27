//! People in Slack.

pub(crate) mod cards_deleted;
pub(crate) mod decides;
pub(crate) mod faults;
pub(crate) mod grid;
pub(crate) mod modals;
pub(crate) mod nasty;
pub(crate) mod reads;
pub(crate) mod refuses;
pub(crate) mod signed;
pub(crate) mod stage;
