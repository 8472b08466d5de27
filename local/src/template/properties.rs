//! The properties of a resource: which of them are known, which matter only in a cloud, and which are whole numbers.

use serde_json::{Map, Value};

/// Properties that matter only to an API in a cloud.
pub(super) const CLOUD_OF_API: [&str; 9] = [
    "Name",
    "Description",
    "Tags",
    "AccessLogSettings",
    "DefaultRouteSettings",
    "RouteSettings",
    "FailOnWarnings",
    "PropagateTags",
    "DisableExecuteApiEndpoint",
];

/// Refuses a property that is not among `known`.
pub(super) fn only(properties: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match properties.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("the property {unknown} is not implemented here")),
        None => Ok(()),
    }
}

/// A whole number that may be absent.
pub(super) fn number(properties: &Map<String, Value>, name: &str) -> Result<Option<i64>, String> {
    match properties.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| format!("{name} is a whole number, not {value}")),
    }
}
