//! What differs between two sets of parameters.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The top-level keys whose value differs.
pub fn changed_keys(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|k| before.get(*k) != after.get(*k)).cloned().collect()
}
