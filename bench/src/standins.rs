//! The tests' stand-ins for the outside world, which are held to the tests' rules.

#![expect(dead_code, unused_imports, reason = "the tests use more of them")]
#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "the tests may")]

#[path = "../../tests/standins/aws.rs"]
pub mod aws;
#[path = "../../tests/standins/blockkit.rs"]
pub mod blockkit;
#[path = "../../tests/standins/jira.rs"]
pub mod jira;
#[path = "../../tests/standins/lambda.rs"]
pub mod lambda;
#[path = "../../tests/standins/pagerduty.rs"]
pub mod pagerduty;
#[path = "../../tests/standins/runtime_api.rs"]
pub mod runtime_api;
#[path = "../../tests/standins/slack.rs"]
pub mod slack;
#[path = "../../tests/standins/teams.rs"]
pub mod teams;
#[path = "../../tests/standins/tls.rs"]
pub mod tls;
#[path = "../../tests/standins/vendor.rs"]
pub mod vendor;
#[path = "../../tests/standins/webhook.rs"]
pub mod webhook;
