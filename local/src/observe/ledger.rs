//! What the table's operations cost, written down line by line: asked of the engine, which counts as DynamoDB does. And the
//! functions' invocations beside them.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::at_work::at_work;

const MODE: &str = "ReturnConsumedCapacity";
const FAILED_CONDITION: &str = "ConditionalCheckFailedException";

/// The cost of one operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// As the API names it: `PutItem`, `Query`, …
    pub operation: String,
    /// What it was about, by the first part of its key: `approval`, `delivery`, `due`, `rate`, `key`, `policy`, …; of a query of an
    /// index, the index.
    pub table_key_kind: String,
    /// Write units, those of the indexes among them.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
    /// The function that asked, by its crate.
    pub function: String,
    /// What the indexes took of either.
    pub per_index: BTreeMap<String, f64>,
    /// A write whose condition did not hold. DynamoDB charges it and does not say how much: it is counted as one unit.
    pub failed_condition: bool,
    /// When it was asked for, among all.
    order: u64,
}

/// One invocation that is over.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The function, by its crate; what a Function URL streams is `<crate>-stream`.
    pub function: String,
    /// From the event to the answer; of a stream, to its end.
    pub took: Duration,
    /// Records of the table's stream that it was given.
    pub records: usize,
}

/// Lines of operations that have ended; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    lines: Arc<Mutex<Vec<Line>>>,
    invocations: Arc<Mutex<Vec<Invocation>>>,
    asked: Arc<AtomicU64>,
}

/// An operation under way.
pub(crate) struct Entry {
    line: Line,
    writes: bool,
}

impl Ledger {
    /// Every line since the last time, in the order the operations were asked for.
    pub fn take(&self) -> Vec<Line> {
        let mut lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        lines.sort_by_key(|line| line.order);
        lines
    }

    /// Every invocation that ended since the last time.
    pub fn take_invocations(&self) -> Vec<Invocation> {
        std::mem::take(&mut *self.invocations.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes down an invocation that is over.
    pub(crate) fn invoked(&self, invocation: Invocation) {
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner).push(invocation);
    }

    /// Opens an entry; the body comes back asking for what it costs.
    pub(crate) fn open(&self, operation: &str, body: Vec<u8>) -> (Option<Entry>, Vec<u8>) {
        let Ok(Value::Object(mut request)) = serde_json::from_slice(&body) else { return (None, body) };
        request.insert(MODE.to_owned(), "INDEXES".into());
        let (operation_name, order) = (operation.to_owned(), self.asked.fetch_add(1, Ordering::Relaxed));
        let function = at_work().map_or_else(String::new, |function| function.code.clone());
        let table_key_kind = kind(&request);
        let line = Line { operation: operation_name, table_key_kind, function, order, ..Line::default() };
        let writes = !matches!(operation, "GetItem" | "Query" | "Scan" | "BatchGetItem" | "TransactGetItems");
        (Some(Entry { line, writes }), Value::Object(request).to_string().into_bytes())
    }

    /// Writes down what the answer says it cost.
    pub(crate) fn close(&self, entry: Entry, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let line = entry.closed(&answer);
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Entry {
    fn closed(mut self, answer: &Value) -> Line {
        let named = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
        self.line.failed_condition = named.ends_with(FAILED_CONDITION);
        if self.line.failed_condition {
            self.line.write_units = 1.0;
        }
        match answer.get("ConsumedCapacity") {
            // One a table, where an operation may be about many.
            Some(Value::Array(tables)) => tables.iter().for_each(|table| self.add(table)),
            Some(table) => self.add(table),
            None => {}
        }
        self.line
    }

    fn add(&mut self, table: &Value) {
        let units = units(table);
        if self.writes {
            self.line.write_units += units
        } else {
            self.line.read_units += units
        }
        let indexes = table.get("GlobalSecondaryIndexes").and_then(Value::as_object);
        for (name, index) in indexes.into_iter().flatten() {
            *self.line.per_index.entry(name.clone()).or_default() += self::units(index);
        }
    }
}

fn units(of: &Value) -> f64 {
    of.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default()
}

/// The first part of the partition's key; where that is an approval's id, of the sort key.
fn kind(request: &Map<String, Value>) -> String {
    if let Some(index) = request.get("IndexName").and_then(Value::as_str) {
        return index.to_owned();
    }
    let (pk, sk) = key(request);
    let (pk, sk) = (pk.unwrap_or_default(), sk.unwrap_or("approval"));
    let name = if pk.starts_with("appr_") { sk } else { pk };
    name.split('#').next().unwrap_or_default().to_lowercase()
}

/// The key of a request's item, of the partition it queries, or of the first item of its transaction.
fn key(request: &Map<String, Value>) -> (Option<&str>, Option<&str>) {
    let first = request.get("TransactItems").and_then(|items| items.get(0)?.as_object()?.values().next()?.as_object());
    let request = first.unwrap_or(request);
    let at = |name: &str| request.get(name);
    match at("Item").or_else(|| at("Key")) {
        Some(item) => (text(item.get("pk")), text(item.get("sk"))),
        None => (text(at("ExpressionAttributeValues").and_then(|values| values.get(":pk"))), None),
    }
}

fn text(attribute: Option<&Value>) -> Option<&str> {
    attribute?.get("S")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(operation: &str, request: Value, answer: Value) -> Line {
        let ledger = Ledger::default();
        let (entry, body) = Ledger::default().open(operation, request.to_string().into_bytes());
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()[MODE], "INDEXES");
        ledger.close(entry.unwrap(), answer.to_string().as_bytes());
        ledger.take().remove(0)
    }

    #[test]
    fn a_write_is_counted_with_its_indexes() {
        let request = json!({ "Item": { "pk": { "S": "appr_1" }, "sk": { "S": "DELIVERY#slack" } } });
        let capacity =
            json!({ "CapacityUnits": 3.0, "GlobalSecondaryIndexes": { "by_status": { "CapacityUnits": 2.0 } } });
        let line = line("PutItem", request, json!({ "ConsumedCapacity": capacity }));
        assert_eq!((line.table_key_kind.as_str(), line.write_units, line.read_units), ("delivery", 3.0, 0.0));
        assert_eq!(line.per_index, BTreeMap::from([("by_status".to_owned(), 2.0)]));
    }

    #[test]
    fn a_failed_condition_is_one_unit_and_marked() {
        let request = json!({ "Key": { "pk": { "S": "rate#default" }, "sk": { "S": "CREATES" } } });
        let refused = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" });
        let line = line("UpdateItem", request, refused);
        assert_eq!((line.table_key_kind.as_str(), line.write_units, line.failed_condition), ("rate", 1.0, true));
    }

    #[test]
    fn a_query_is_named_after_its_partition_or_its_index() {
        let capacity = json!({ "ConsumedCapacity": { "CapacityUnits": 0.5 } });
        let partition = json!({ "ExpressionAttributeValues": { ":pk": { "S": "appr_1" } } });
        assert_eq!(line("Query", partition, capacity.clone()).table_key_kind, "approval");
        let of_index = line("Query", json!({ "IndexName": "by_status" }), capacity);
        assert_eq!((of_index.table_key_kind.as_str(), of_index.read_units), ("by_status", 0.5));
    }
}
