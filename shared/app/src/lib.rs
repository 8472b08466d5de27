//! Do: one file per use case, each a verb. A use case authenticates nothing and renders nothing; it reads, decides through the
//! domain, writes under a condition, and says what came of it.

pub mod acknowledge_persona;
mod admit_request;
pub mod answer_in_jira;
pub mod authenticate;
pub mod await_decision;
pub mod call_back;
pub mod callbacks;
pub mod cancel_approval;
mod change_approval;
pub mod changes;
pub mod check_policy;
pub mod clock;
pub mod configure_agent;
pub mod connectors;
pub mod decide_approval;
pub mod decision_link;
pub mod deliver_approval;
pub mod escalate_approval;
pub mod execute_approval;
pub mod expire_approval;
pub mod failure;
pub mod gate;
pub mod heed_pagerduty;
pub mod list_activity;
pub mod list_approvals;
pub mod manage_connectors;
pub mod manage_keys;
pub mod policies;
pub mod publish_changes;
pub mod push_state;
pub mod re_request_approval;
pub mod read_approval;
pub mod redraw_stray;
pub mod register_waiter;
pub mod replace_policy;
pub mod replay_dead_letter;
pub mod request_approval;
pub mod slack_apps;
pub mod sweep_due;
pub mod test_connector;

pub use authenticate::Caller;
pub use clock::{Clock, Random};
pub use failure::Failure;
pub use gate::{Gate, Slack};
