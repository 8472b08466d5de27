//! `GET /openapi.json`.

pub(crate) mod contract;
pub(crate) mod generated;
pub(crate) mod served;
