//! Items: a few attributes that conditions and indexes need, and the whole thing as one JSON document.

use crate::StoreError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// The attribute that holds the document.
pub(crate) const DOC: &str = "doc";

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))])
}

pub(crate) fn document<T: Serialize>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_json::to_string(value).map(AttributeValue::S).map_err(|e| StoreError::new("write document", e))
}

pub(crate) fn read<T: DeserializeOwned>(item: &Item) -> Result<T, StoreError> {
    let doc = text(item, DOC).ok_or_else(|| StoreError::new("read document", "no document"))?;
    serde_json::from_str(doc).map_err(|e| StoreError::new("read document", e))
}

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|v| v.as_s().ok()).map(String::as_str)
}

pub(crate) fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name).and_then(|v| v.as_n().ok()).and_then(|n| n.parse().ok())
}
