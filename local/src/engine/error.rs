//! Why the engine could not answer.

use dynoxide::DynoxideError;
use std::path::PathBuf;

/// Why the engine could not answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The folder could not be made or opened.
    #[error("the data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The operation was refused; its status and JSON are DynamoDB's.
    #[error(transparent)]
    Refused(#[from] DynoxideError),
    /// What the file holds cannot be used.
    #[error(
        "the database {} cannot be used: {why}. Put back a copy of it; or begin anew with another --data folder",
        file.display()
    )]
    Unusable {
        /// The file.
        file: PathBuf,
        /// What SQLite says of it.
        why: String,
    },
    /// SQLite itself failed.
    #[error("the database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The group this operation was in could not be committed: nothing of it happened.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// The engine has been closed.
    #[error("the engine is closed")]
    Closed,
}
