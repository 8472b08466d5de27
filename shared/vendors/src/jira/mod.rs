//! Jira Cloud: one issue for each approval, posted, updated, and read back when somebody moves it.

mod adf;
pub mod callback;
mod calls;
mod changes;
pub mod client;
pub mod config;
mod names;
mod news;
mod ours;
mod show;

pub use callback::{Callback, Moved};
pub use client::Client;
pub use names::Intent;
pub use ours::Ours;
pub use show::is_whole;

/// How many a second it takes of what comes back after it was away. Jira's are by cost and not published as a number of calls: as fast as Teams takes them is gentle.
pub(crate) const MAX_PER_SECOND: usize = crate::teams::MAX_PER_SECOND;

/// Most characters of a summary: "Summary can't exceed 255 characters." says Jira's refusal, which wants one line too.
const SUMMARY: usize = 255;
/// Most characters of a description or a comment: "It exceeds the allowed limit of 32,767 characters." says Jira's refusal
/// (JRASERVER-64351). Whether Jira counts the text or the document is not documented: the document's JSON is kept within it.
const DOCUMENT: usize = 32_767;
/// Most characters of a label, which has no spaces (<https://support.atlassian.com/jira-software-cloud/docs/use-labels>).
const LABEL: usize = 255;
/// The label of every issue of ours; the other one is the approval's id.
const OURS: &str = "countersign";
/// The issue type where none is configured.
const DEFAULT_ISSUE_TYPE: &str = "Task";
/// Most comments that a page has (<https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments>).
const COMMENTS: usize = 100;

/// The search that finds an issue whose creation was never answered lags behind by seconds.
pub(crate) const LEAST_WAIT: std::time::Duration = std::time::Duration::from_secs(30);

#[cfg(test)]
mod tests;
