//! Stories across functions.

pub mod ask;
pub mod connectors;
mod console;
pub mod decide;
pub mod execute;
pub mod host;
pub mod jira;
pub mod observe;
pub mod secrets;
pub mod slack;
pub mod sweep;
pub mod wait;
