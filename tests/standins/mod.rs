//! Stand-ins for the outside world, as strict as it is.

#[expect(dead_code, reason = "the bench uses more of it")]
pub mod aws;
pub mod blockkit;
pub mod cloudwatch;
pub mod connections;
pub mod issuer;
pub mod jira;
pub mod lambda;
pub mod names;
pub mod pagerduty;
pub mod runtime_api;
pub mod slack;
#[expect(dead_code, reason = "the connectors' own tests use more of it")]
pub mod teams;
pub mod tls;
#[expect(dead_code, reason = "the connectors' own tests use more of it")]
pub mod vendor;
#[expect(dead_code, reason = "the connectors' own tests use more of it")]
pub mod webhook;
