//! Which function makes which call to AWS, each kind written down once: `checks/check-roles.py` holds the template's roles to it.

use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::at_work::at_work;

/// What the template calls the table, the bus and the WebSocket API.
const TABLE: &str = "ApprovalsTable";
const BUS: &str = "EventBus";
/// What every approval's partition begins with.
const APPROVAL: &str = "appr_";
const SOCKETS: &str = "SocketApi";

/// A file with a line for each kind of call: the function's logical id, the action that IAM knows it by, and the resource. Clones
/// share it. What no function does (a test that looks into the table) is not in it.
#[derive(Clone, Debug)]
pub struct Calls(Arc<Mutex<Written>>);

#[derive(Debug)]
struct Written {
    file: File,
    lines: HashSet<String>,
}

impl Calls {
    /// Writes to a new file; its folder is made where there is none.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn to(path: &Path) -> io::Result<Self> {
        path.parent().map(std::fs::create_dir_all).transpose()?;
        let written = Written { file: File::create(path)?, lines: HashSet::new() };
        Ok(Self(Arc::new(Mutex::new(written))))
    }

    pub(crate) fn table(&self, operation: &str, body: &[u8]) {
        for line in kinds(operation, body) {
            self.write(&line);
        }
    }

    pub(crate) fn bus(&self) {
        self.write(&format!("events:PutEvents {BUS}"));
    }

    /// Roles may post to connections, so any other method is a resource of its own.
    pub(crate) fn sockets(&self, method: &str) {
        let method = if method == "POST" { String::new() } else { format!("/{method}") };
        self.write(&format!("execute-api:ManageConnections {SOCKETS}{method}"));
    }

    fn write(&self, call: &str) {
        let Some(function) = at_work() else { return };
        let line = format!("{} {call}\n", function.logical);
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.lines.contains(&line) {
            return;
        }
        if let Err(error) = written.file.write_all(line.as_bytes()) {
            tracing::error!(%error, "a call could not be written down");
        }
        written.lines.insert(line);
    }
}

/// The kinds of calls that an operation is, each as IAM asks about it: the action, the table or the index, and of the table the
/// partitions, which a role may be bound to.
pub fn kinds(operation: &str, body: &[u8]) -> Vec<String> {
    let partitions = partitions(body);
    let kind = |(action, index): (String, Option<String>)| match index {
        Some(index) => vec![format!("dynamodb:{action} {TABLE}/index/{index}")],
        None => partitions.iter().map(|keys| format!("dynamodb:{action} {TABLE} {keys}")).collect(),
    };
    actions(operation, body).into_iter().flat_map(kind).collect()
}

/// The partitions that a request names, without the part that differs within a kind: `appr_*`, `due#*`, `workspaces`. A document that is
/// stored has its quotes escaped, so none of it is taken for a key.
fn partitions(body: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(body);
    let keys = text.split("pk\":{\"S\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    keys.map(|key| match (key.starts_with(APPROVAL), key.split_once('#')) {
        (true, _) => format!("{APPROVAL}*"),
        (false, Some((kind, _))) => format!("{kind}#*"),
        (false, None) => key.to_owned(),
    })
    .collect()
}

/// The actions that IAM asks about for an operation, each with the index it is about; a transaction is its parts.
fn actions(operation: &str, body: &[u8]) -> Vec<(String, Option<String>)> {
    if !matches!(operation, "Query" | "Scan" | "TransactWriteItems" | "TransactGetItems") {
        return vec![(operation.to_owned(), None)];
    }
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = request.get("TransactItems").and_then(Value::as_array);
    let parts = items.into_iter().flatten().filter_map(|item| item.as_object()?.keys().next());
    match operation {
        "Query" | "Scan" => {
            let index = request.get("IndexName").and_then(Value::as_str);
            vec![(operation.to_owned(), index.map(str::to_owned))]
        }
        _ => parts.map(|part| (part_of_transaction(part), None)).collect(),
    }
}

fn part_of_transaction(part: &str) -> String {
    if part == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{part}Item") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_is_known_by_the_partitions_that_it_names_and_not_by_what_is_stored() {
        let doc = json!({ "pk": { "S": "key#1" } }).to_string();
        let put = json!({ "Item": { "pk": { "S": "appr_1" }, "sk": { "S": "APPROVAL" }, "doc": { "S": doc } } });
        assert_eq!(kinds("PutItem", put.to_string().as_bytes()), ["dynamodb:PutItem ApprovalsTable appr_*"]);
        let query = json!({ "ExpressionAttributeValues": { ":pk": { "S": "due#1#2" } } });
        assert_eq!(kinds("Query", query.to_string().as_bytes()), ["dynamodb:Query ApprovalsTable due#*"]);
        let keys = json!([{ "pk": { "S": "appr_1" } }, { "pk": { "S": "appr_2" } }, { "pk": { "S": "workspaces" } }]);
        let batch = json!({ "RequestItems": { "t": { "Keys": keys } } });
        let each = ["appr_*", "workspaces"].map(|keys| format!("dynamodb:BatchGetItem ApprovalsTable {keys}"));
        assert_eq!(kinds("BatchGetItem", batch.to_string().as_bytes()), each);
    }

    #[test]
    fn a_query_is_of_its_index_and_a_transaction_is_its_parts() {
        let of = |operation: &str, request: Value| actions(operation, request.to_string().as_bytes());
        let alone = |action: &str| (action.to_owned(), None);
        assert_eq!(of("PutItem", json!({})), [alone("PutItem")]);
        assert_eq!(of("Query", json!({})), [alone("Query")]);
        let index = json!({ "IndexName": "by_task" });
        assert_eq!(of("Query", index), [("Query".to_owned(), Some("by_task".to_owned()))]);
        let parts = json!({ "TransactItems": [{ "ConditionCheck": {} }, { "Put": {} }, { "Delete": {} }] });
        let expected = ["ConditionCheckItem", "PutItem", "DeleteItem"].map(alone);
        assert_eq!(of("TransactWriteItems", parts), expected);
    }
}
