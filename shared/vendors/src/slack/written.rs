//! What an agent wrote, in boxes that hold it whole.

use super::block::{TEXT, bold, boxed, pieces, quoted};
use serde_json::Value;

/// A heading in our words, and a text in as many boxes as it needs.
pub(crate) fn written(heading: &str, text: &str) -> Vec<Value> {
    let pieces = pieces(text, TEXT);
    let mut all: Vec<Value> = pieces.iter().skip(1).map(|p| boxed(p)).collect();
    all.insert(0, quoted(vec![bold(heading)], Some(pieces.first().map_or("—", String::as_str))));
    all
}
