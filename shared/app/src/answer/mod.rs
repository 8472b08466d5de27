//! Acts of people in a vendor's product become the same acts as in the console.

pub mod callbacks;
pub mod jira;
pub mod pagerduty;
pub mod slack;
