//! `GET /openapi.json`: it is served, it is the template's routes, and its examples are what it says. That every answer is as it says
//! is seen by every other test's client (`harness::documented`).

use crate::harness::System;
use crate::harness::documented::{DOCUMENT, faults, operation, resolved};
use crate::routes::{header, send};
use local::template::Template;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATH: &str = "/openapi.json";

#[tokio::test(flavor = "multi_thread")]
async fn anyone_may_read_it_with_and_without_v1_and_is_told_when_it_has_not_changed() {
    let system = System::start().await;
    let (status, headers, text) = send(&system, ("GET", PATH), &[("origin", "https://acme.com")], "").await;
    assert_eq!((status, header(&headers, "content-type").as_str()), (200, "application/json"));
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *DOCUMENT);
    assert_eq!(header(&headers, "access-control-allow-origin"), "*");
    assert_eq!(header(&headers, "cache-control"), "public, max-age=3600");
    let tag = header(&headers, "etag");
    let (_, _, v1) = send(&system, ("GET", "/v1/openapi.json"), &[], "").await;
    assert_eq!(v1, text);
    for (known, expected) in [(tag.clone(), 304), (format!("\"x\", W/{tag}"), 304), ("\"x\"".to_owned(), 200)] {
        let (status, _, text) = send(&system, ("GET", PATH), &[("if-none-match", &known)], "").await;
        assert_eq!((status, text.is_empty()), (expected, expected == 304), "{known}");
    }
}

#[test]
fn its_operations_are_the_templates_routes_and_each_also_answers_under_v1() {
    let template = Template::read(include_str!("../../../template.yaml")).unwrap();
    let routed: BTreeSet<(String, String)> = template
        .routes
        .iter()
        .map(|route| {
            let path = route.path.as_ref().unwrap().replace("+}", "}");
            (route.method.as_ref().unwrap().to_lowercase(), path)
        })
        .collect();
    let servers: Vec<&str> =
        DOCUMENT["servers"].as_array().unwrap().iter().map(|s| s["url"].as_str().unwrap()).collect();
    assert_eq!(servers, ["/", "/v1"]);
    let mut documented = BTreeSet::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, server) in item.as_object().unwrap().keys().flat_map(|method| [(method, ""), (method, "/v1")]) {
            documented.insert((method.clone(), format!("{server}{path}")));
        }
    }
    assert_eq!(documented, routed);
}

#[test]
fn its_operations_have_ids_of_their_own_and_every_way_to_fail() {
    let operations = || {
        let items = DOCUMENT["paths"].as_object().unwrap().iter();
        items.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, one)| (path, method, one)))
    };
    let ids: BTreeSet<&str> = operations().map(|(_, _, one)| one["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), operations().count());
    for (path, method, one) in operations() {
        let statuses = one["responses"].as_object().unwrap();
        let has = |status: &str| statuses.contains_key(status);
        assert!(has("400") && has("429") && has("500") && has("503"), "{method} {path}");
        assert_eq!(one["requestBody"].is_object(), has("413"), "{method} {path}");
        let keyed = one["security"].is_null();
        assert!(!keyed || (has("401") && has("403")), "{method} {path}");
    }
}

#[test]
fn its_examples_are_what_it_says() {
    let mut checked = 0;
    let mut must_fit = |at: &str, schema: &Value, example: &Value| {
        assert_eq!(faults(schema, example), Vec::<String>::new(), "{at}: {example}");
        checked += 1;
    };
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            must_fit(name, schema, example);
        }
    }
    for (name, parameter) in DOCUMENT["components"]["parameters"].as_object().unwrap() {
        if let Some(example) = parameter.get("example") {
            must_fit(name, &parameter["schema"], example);
        }
    }
    assert!(checked > 20, "{checked}");
}

/// Every object in a part of the document.
fn objects(part: &Value) -> Vec<&serde_json::Map<String, Value>> {
    let (own, inner): (Option<_>, Vec<&Value>) = match part {
        Value::Object(fields) => (Some(fields), fields.values().collect()),
        Value::Array(items) => (None, items.iter().collect()),
        _ => (None, Vec::new()),
    };
    own.into_iter().chain(inner.into_iter().flat_map(objects)).collect()
}

fn references(part: &Value) -> impl Iterator<Item = &str> {
    objects(part).into_iter().filter_map(|object| object.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/"))
}

#[test]
fn it_has_nothing_that_generators_of_clients_stumble_over() {
    let schemas = &DOCUMENT["components"]["schemas"];
    for (name, schema) in schemas.as_object().unwrap() {
        let (mut reached, mut next) = (BTreeSet::new(), vec![schema]);
        while let Some(part) = next.pop() {
            next.extend(references(part).filter(|name| reached.insert(*name)).map(|name| &schemas[name]));
        }
        assert!(!reached.contains(name.as_str()), "{name} refers to itself");
        for object in objects(schema) {
            for (field, one) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let required =
                    object.get("required").is_some_and(|all| all.as_array().unwrap().contains(&json!(field)));
                assert!(required || one.get("default").is_none(), "{name}.{field}: a default makes it required");
            }
            for part in object.get("allOf").and_then(Value::as_array).into_iter().flatten() {
                assert!(part["$ref"].is_string() || part["type"].is_string(), "{name}: & unknown");
            }
        }
    }
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    for (status, answer) in items.flat_map(|operation| operation["responses"].as_object().unwrap()) {
        let schema = &resolved(answer)["content"]["application/json"]["schema"];
        let one_of = schema["anyOf"].as_array().map_or_else(|| vec![schema], |all| all.iter().collect());
        let named = schema.is_null() || one_of.iter().all(|one| one["$ref"].is_string());
        assert!(status.starts_with('2') || named, "an error without a name: {schema}");
    }
}

#[test]
fn what_it_does_not_describe_is_seen() {
    let of = |method: &str, path: &str| operation(method, path).map(|one| one["operationId"].as_str().unwrap());
    assert_eq!(of("get", "/v1/api/settings/approval-connectors/test"), Some("getApprovalConnector"));
    assert_eq!(of("post", "/api/settings/approval-connectors/test"), Some("testApprovalConnector"));
    assert_eq!(of("get", "/console/settings/keys"), Some("consolePage"));
    assert_eq!((of("put", "/approvals"), of("get", "/v1/v1/approvals"), of("get", "/approvals/")), (None, None, None));
    let answer = &resolved(&operation("get", "/healthz").unwrap()["responses"]["200"])["content"]["application/json"];
    assert_eq!(faults(&answer["schema"], &json!({ "status": "ok" })), Vec::<String>::new());
    for strange in [json!({ "status": "ok", "more": 1 }), json!({ "status": "ill" }), json!({}), json!([])] {
        assert!(!faults(&answer["schema"], &strange).is_empty(), "{strange}");
    }
}
