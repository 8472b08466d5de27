//! What was typed into a connector's form, as the body that the API would get: an empty secret is one that stays.

use super::vendors::Vendor;
use app::settings::connectors::input::ConnectorInput;
use domain::Fault;
use lambda::Fields;
use serde_json::{Map, Value, json};
use store::connectors::Connector;
use vendors::connector::Kind;
use vendors::is_public_header;

/// Before a header's name, in the name of the field of its value.
pub(super) const VALUE: &str = "header:";
/// The same, in the name of the box that takes it away.
pub(super) const REMOVE: &str = "remove:";
/// The names and the values of further headers, row by row.
pub(super) const FURTHER: (&str, &str) = ("further-name", "further-value");

/// What a connector is to be.
pub(super) fn input(about: &Vendor, before: Option<&Connector>, fields: &Fields) -> ConnectorInput {
    let (headers, faults) = headers(about, before, fields);
    let mut body = json!({ "type": about.kind, "headers": headers });
    for field in ["name", "endpoint"] {
        let text = fields.get(field).trim();
        // What is not there is required; what was there may not be emptied, except where it is not shown.
        let stays = before.is_none() || (field == "endpoint" && about.hides_endpoint());
        if !(text.is_empty() && stays) {
            put(&mut body, field, text.into());
        }
    }
    match (fields.get("timeout_seconds").trim(), fields.get("timeout_seconds").trim().parse::<u64>()) {
        ("", _) => put(&mut body, "timeout_seconds", Value::Null),
        (_, Ok(seconds)) => put(&mut body, "timeout_seconds", seconds.into()),
        (text, Err(_)) => put(&mut body, "timeout_seconds", text.into()),
    }
    if about.kind == Kind::Slack {
        let mode = if fields.get("strict").is_empty() { "compat" } else { "strict" };
        put(&mut body, "slack_security_mode", mode.into());
    }
    ConnectorInput::read(&body).with_faults(faults)
}

/// The same for a test, which has no name; what is left out is taken from the connector.
pub(super) fn input_for_test(about: &Vendor, before: Option<&Connector>, fields: &Fields) -> ConnectorInput {
    let id = before.map(|before| before.id.as_str());
    match fields.all("endpoint").next() {
        // Nothing was typed: the connector as it is.
        None => ConnectorInput::default().for_test_of(id),
        Some(_) => input(about, before, fields).for_test_of(id),
    }
}

fn put(body: &mut Value, field: &str, value: Value) {
    if let Value::Object(body) = body {
        body.insert(field.into(), value);
    }
}

/// The headers that change: those of the form's own fields, then the further ones.
fn headers(about: &Vendor, before: Option<&Connector>, fields: &Fields) -> (Map<String, Value>, Vec<Fault>) {
    let mut headers: Map<String, Value> = shown(about, before)
        .into_iter()
        .filter_map(|name| Some((name.clone(), change(about, &name, fields)?)))
        .collect();
    let mut faults = Vec::new();
    for (name, value) in further(fields) {
        let fault = |problem: &str| Fault::new(format!("headers.{name}"), problem);
        let given = headers.iter().any(|(known, value)| known.eq_ignore_ascii_case(name) && !value.is_null());
        faults.extend(given.then(|| fault("is given twice")));
        faults.extend(value.is_empty().then(|| fault("must have a value")));
        headers.insert(name.to_owned(), value.into());
    }
    (headers, faults)
}

/// The headers that have a field of their own: those that the vendor knows, and whatever else the connector has.
pub(super) fn shown(about: &Vendor, before: Option<&Connector>) -> Vec<String> {
    let known = about.headers.iter().map(|(name, _)| (*name).to_owned());
    let others = before.into_iter().flat_map(|c| c.headers.keys()).filter(|name| !about.explains(name)).cloned();
    known.chain(others).collect()
}

/// What becomes of a header; none where it stays. What is shown and emptied is taken away.
fn change(about: &Vendor, name: &str, fields: &Fields) -> Option<Value> {
    let text = fields.get(&format!("{VALUE}{name}")).trim();
    let removed = !fields.get(&format!("{REMOVE}{name}")).is_empty();
    match text {
        "" if removed || is_public_header(about.kind, name) => Some(Value::Null),
        "" => None,
        text => Some(text.into()),
    }
}

/// The rows of further headers in which something was typed.
pub(super) fn further(fields: &Fields) -> impl Iterator<Item = (&str, &str)> {
    let rows = fields.all(FURTHER.0).zip(fields.all(FURTHER.1));
    rows.map(|(name, value)| (name.trim(), value.trim())).filter(|(name, value)| !name.is_empty() || !value.is_empty())
}
