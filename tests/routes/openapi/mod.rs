//! `GET /openapi.json`.

pub(crate) mod contract;
pub(crate) mod served;
