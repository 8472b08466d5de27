//! `/api/settings/…` and `/agents/…`.

pub(crate) mod agents;
pub(crate) mod approval_connectors;
pub(crate) mod approval_connectors_names;
pub(crate) mod approval_connectors_test;
pub(crate) mod keys;
pub(crate) mod policy;
pub(crate) mod policy_check;
