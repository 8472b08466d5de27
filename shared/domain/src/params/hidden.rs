//! What stands in the place of a hidden value.

use crate::params::visible::cut;
use serde_json::Value;

/// What a redacted value reads on every surface, event and log.
pub const REDACTED: &str = "«redacted»";
/// Places of a marker that are reported.
const MOST_MARKERS: usize = 20;
/// Characters of a key in a reported path.
const MAX_KEY_TOLD: usize = 100;

/// Where a value reads [`REDACTED`] to the letter, and so would be taken for a hidden one; at most the first few places.
pub fn find_marker(value: &Value, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    search(value, &mut path.to_owned(), &mut found);
    found
}

/// Paths are spelled only on the way to a hit: hostile parameters have long keys and many leaves.
fn search(value: &Value, path: &mut String, found: &mut Vec<String>) {
    let mut step = |next: &Value, name: &str| {
        let length = path.len();
        path.push_str(name);
        search(next, path, found);
        path.truncate(length);
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| step(item, &format!("[{i}]"))),
        Value::Object(map) => map.iter().for_each(|(key, item)| step(item, &format!(".{}", cut(key, MAX_KEY_TOLD)))),
        Value::String(text) if text == REDACTED && found.len() < MOST_MARKERS => found.push(path.clone()),
        _ => {}
    }
}
