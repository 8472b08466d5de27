//! People in Jira.

pub(crate) mod answers;
pub(crate) mod signed;
pub(crate) mod stage;
