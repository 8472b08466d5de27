//! Stories across functions.

mod an_agent_asks;
mod asks_again;
mod clients;
mod connectors_deliver;
mod connectors_slack;
pub mod connectors_stage;
mod escalates;
mod executes;
mod expires_once;
mod jira_answers;
mod jira_stage;
mod killed;
mod ledger;
mod pagerduty_answers;
mod races;
mod races_of_time;
mod references;
mod secrets;
mod slack_decides;
mod slack_faults;
mod slack_modals;
mod slack_nasty;
mod slack_reads;
mod slack_refuses;
mod slack_signed;
mod slack_stage;
mod waits;
