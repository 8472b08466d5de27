//! `/console…`.

pub(crate) mod inbox;
pub(crate) mod overview;
pub(crate) mod pages;
pub(crate) mod settings;
pub(crate) mod settings_connectors;
