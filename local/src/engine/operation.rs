//! One DynamoDB operation by name: JSON in, JSON out, on the engine's thread.

use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::{DynoxideError, actions};
use futures::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;

use super::error::EngineError;

const MARKERS: [&str; 5] =
    ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:", "SERIALIZATION_AS_READ:", "SERIALIZATION:"];

/// Answers through the action of the same name as the operation; some also take the vector indexes' life cycle,
/// which a table without vector indexes leaves at its beginning.
macro_rules! route {
    (
        $storage:ident, $operation:ident, $body:ident;
        $($name:literal => $module:ident,)*
        with $lifecycle:expr; $($aware:literal => $aware_module:ident,)*
    ) => {
        match $operation {
            $($name => write(finish(actions::$module::execute($storage, read($body)?))?),)*
            $($aware => write(finish(actions::$aware_module::execute($storage, read($body)?, $lifecycle))?),)*
            other => Err(unknown(other)),
        }
    };
}

/// Runs `operation` with a request body as the SDK sends it.
pub(super) fn execute(storage: &Storage, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
    route!(storage, operation, body;
        "GetItem" => get_item,
        "PutItem" => put_item,
        "UpdateItem" => update_item,
        "DeleteItem" => delete_item,
        "Query" => query,
        "Scan" => scan,
        "BatchGetItem" => batch_get_item,
        "BatchWriteItem" => batch_write_item,
        "TransactGetItems" => transact_get_items,
        "TransactWriteItems" => transact_write_items,
        "CreateTable" => create_table,
        "ListTables" => list_tables,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "TagResource" => tag_resource,
        "UntagResource" => untag_resource,
        "ListTagsOfResource" => list_tags_of_resource,
        with &VectorIndexLifecycle::default();
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "UpdateTable" => update_table,
    )
}

/// Whether an operation is a read or exactly one transaction, so that a savepoint can stand for it.
pub(super) fn is_one_transaction(operation: &str) -> bool {
    matches!(
        operation,
        "GetItem"
            | "PutItem"
            | "UpdateItem"
            | "DeleteItem"
            | "Query"
            | "Scan"
            | "BatchGetItem"
            | "TransactGetItems"
            | "TransactWriteItems"
    )
}

/// The answer to a request that failed for no fault of its own.
pub(super) fn internal_error(error: &EngineError) -> (u16, Vec<u8>) {
    let error = DynoxideError::InternalServerError(error.to_string());
    (error.status_code(), error.to_json().into_bytes())
}

/// The engine's futures over SQLite never wait: one poll finishes them.
pub(super) fn finish<T>(work: impl Future<Output = Result<T, DynoxideError>>) -> Result<T, DynoxideError> {
    work.now_or_never()
        .unwrap_or_else(|| Err(DynoxideError::InternalServerError("the engine's operation did not finish".to_owned())))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| {
        let message = error.to_string();
        // The engine marks its own findings for a reader of its own, which is private to it.
        let found = MARKERS.iter().find_map(|marker| message.strip_prefix(marker));
        DynoxideError::ValidationException(found.unwrap_or(&message).to_owned())
    })
}

fn write<T: Serialize>(answer: T) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn unknown(operation: &str) -> DynoxideError {
    DynoxideError::ValidationException(format!("the local engine does not do {operation}"))
}
