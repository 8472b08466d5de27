//! The operations, by path and method.

use super::{headers, parameters, refusals};
use crate::functions;
use crate::ordered::Ordered;
use domain::limits::{BODY_BYTES, CONNECTORS, in_words};
use domain::shape::Shape;
use lambda::{Answered, Code, Operation, Said, Sent, Serve, To};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// All of them.
pub(super) fn paths() -> serde_json::Result<Ordered> {
    let operations = functions::operations();
    let (mut paths, mut known) = (Ordered::default(), Vec::new());
    for path in operations.iter().map(|operation| operation.route.path) {
        if known.contains(&path) {
            continue;
        }
        known.push(path);
        let mut item = Ordered::default();
        for operation in operations.iter().filter(|operation| operation.route.path == path) {
            item.put(&operation.route.method.to_lowercase(), described(operation)?)?;
        }
        paths.put(&path.replace("+}", "}"), item)?;
    }
    Ok(paths)
}

fn described(operation: &Operation) -> serde_json::Result<Ordered> {
    let said = &operation.said;
    let any_kind = said.body.is_some_and(|body| body.any_kind && body.kinds.len() == 1);
    Ordered::default()
        .with("operationId", said.id)?
        .with("tags", [said.tag])?
        .with("summary", said.summary)?
        .with("description", description(said))?
        .with_some("security", security(&operation.route.serve))?
        .with_some("parameters", parameters::all(operation)?)?
        .with_some("requestBody", said.body.as_ref().map(body).transpose()?)?
        .with("responses", responses(operation)?)?
        .with_some("x-any-content-type", any_kind.then_some(true))
}

/// Who may, and what else there is to say, with the limits filled in.
fn description(said: &Said) -> String {
    let most = said.body.map(|body| in_words(body.most)).unwrap_or_default();
    let more = said.more.replace("{most}", &most).replace("{connectors}", &CONNECTORS.to_string());
    format!("For {}. {more}", said.who).trim_end().to_owned()
}

/// How its caller is known, where that is not by a key.
fn security(serve: &Serve) -> Option<Value> {
    match serve {
        Serve::Key(..) => None,
        // A key does no harm there, and clients send theirs everywhere.
        Serve::Token(_) => Some(json!([{}, { "bearerAuth": [] }])),
        Serve::Session(_) => Some(json!([{}, { "consoleSession": [] }])),
        Serve::Signature(_) | Serve::Anyone(_) => Some(json!([])),
    }
}

fn body(body: &Sent) -> serde_json::Result<Ordered> {
    Ordered::default().with("required", body.needed)?.with("content", content(body.kinds, "")?)
}

fn content(kinds: &[(&str, &Shape)], example: &str) -> serde_json::Result<Ordered> {
    let mut content = Ordered::default();
    for (kind, shape) in kinds {
        let schema = if shape.name.is_empty() { shape.definition() } else { shape.schema() };
        let media = Ordered::default().with("schema", schema)?;
        content.put(kind, media.with_some("example", (!example.is_empty()).then_some(example))?)?;
    }
    Ok(content)
}

/// What it answers, by status.
fn responses(operation: &Operation) -> serde_json::Result<Ordered> {
    let mut all: BTreeMap<u16, Ordered> = BTreeMap::new();
    for answered in operation.said.answers {
        all.insert(answered.status, answer(answered)?);
    }
    for (status, name) in refused(operation)? {
        let reference = Ordered::default().with("$ref", format!("#/components/responses/{name}"))?;
        all.entry(status).or_insert(reference);
    }
    let mut responses = Ordered::default();
    all.into_iter().try_for_each(|(status, answer)| responses.put(&status.to_string(), answer))?;
    Ok(responses)
}

fn answer(answered: &Answered) -> serde_json::Result<Ordered> {
    let mut links = Ordered::default();
    for (name, to, value) in answered.links {
        let at = |field: &str| format!("$response.body#/{field}");
        let (place, values) = match value {
            To::Parameter(parameter, field) => ("parameters", json!({ *parameter: at(field) })),
            To::Body(into, field) => ("requestBody", json!({ *into: at(field) })),
        };
        links.put(name, Ordered::default().with("operationId", to)?.with(place, values)?)?;
    }
    Ordered::default()
        .with("description", answered.says)?
        .with_some("headers", headers::references(answered.headers)?)?
        .with_some("content", content(answered.kinds, answered.example)?.filled())?
        .with_some("links", links.filled())
}

/// The refusals of an operation: the codes that the operation names, and the codes that follow from its kind.
fn refused(operation: &Operation) -> serde_json::Result<BTreeMap<u16, &'static str>> {
    let said = &operation.said;
    let mut codes = said.refusals.to_vec();
    codes.extend([Code::InvalidPayload, Code::Internal, Code::Unavailable]);
    if matches!(operation.route.serve, Serve::Key(..)) {
        codes.extend([Code::Unauthenticated, Code::NotAuthorized]);
    }
    codes.extend(said.body.map(|_| Code::PayloadTooLarge));
    codes.extend(said.body.filter(|body| !body.any_kind).map(|_| Code::UnsupportedMediaType));
    codes.sort();
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    codes.into_iter().for_each(|code| by_status.entry(code.status()).or_default().push(code));
    let mut refused: BTreeMap<u16, &str> = by_status
        .into_iter()
        .map(|(status, codes)| Ok((status, refusals::of(&codes)?)))
        .collect::<serde_json::Result<_>>()?;
    refused.entry(Code::RateLimited.status()).or_insert("Throttled");
    if said.body.is_some_and(|body| body.most != BODY_BYTES) {
        refused.insert(Code::PayloadTooLarge.status(), "FormTooLarge");
    }
    Ok(refused)
}
