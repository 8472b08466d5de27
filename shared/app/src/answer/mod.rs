//! What people did in a vendor's product, made into what they would have done in the console.

pub mod callbacks;
pub mod jira;
pub mod pagerduty;
pub mod slack;
