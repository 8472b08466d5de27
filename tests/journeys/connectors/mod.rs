//! Connectors deliver, fail and are governed.

pub(crate) mod activity;
pub(crate) mod dead_letters;
pub(crate) mod deliver;
pub(crate) mod dispatch_dies;
pub(crate) mod endings;
pub(crate) mod governed;
pub(crate) mod guides;
pub(crate) mod outage;
pub(crate) mod pagerduty_answers;
pub(crate) mod remembered;
pub(crate) mod slack;
pub mod stage;
pub(crate) mod withdrawn;
