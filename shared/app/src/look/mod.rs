//! What people see: the inbox, one approval, searches, the overview.

pub mod explain_approval;
pub mod list_approvals;
pub mod read_approval;
pub mod search_approvals;
pub mod summarize_approvals;
