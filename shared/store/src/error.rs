//! Why the table gave no answer. All functions of the store return it when the table cannot be asked.

use thiserror::Error;

/// The table could not be asked, or what it holds cannot be read. The text is for the log, never for a caller.
#[derive(Debug, Error)]
#[error("{operation}: {reason}")]
pub struct StoreError {
    operation: &'static str,
    reason: String,
}

impl StoreError {
    pub(crate) fn new(operation: &'static str, reason: impl std::fmt::Display) -> Self {
        Self { operation, reason: reason.to_string() }
    }

    pub(crate) fn sdk<E: std::error::Error + 'static>(operation: &'static str) -> impl FnOnce(E) -> Self {
        move |e| Self::new(operation, chain(&e))
    }
}

/// An SDK error says little itself; its sources say what happened.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
