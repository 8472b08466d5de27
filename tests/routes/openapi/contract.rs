//! The OpenAPI document says what the three documents of the contract say; `tests/contract` has what that is.

use crate::harness::documented::{DOCUMENT, faults, resolved};
use serde_json::{Value, json};

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// What a schema is without what it adds: a null that stands for a field that is left out, a reference.
fn plain(schema: &Value) -> &Value {
    let schema = resolved(schema);
    schema["anyOf"].as_array().map_or(schema, |any| resolved(&any[0]))
}

/// `type` is a word, or a word and `null`.
fn is_of_type(schema: &Value, word: &Value) -> bool {
    schema["type"] == *word || list(&schema["type"]).any(|t| t == word)
}

/// The contract's schema of a part of `guard-api.yaml`.
fn theirs<'a>(guard: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().map_or(schema, |at| guard.pointer(at.trim_start_matches('#')).unwrap())
}

fn must_cover(at: &str, guard: &Value, wanted: &Value, given: &Value, asked: bool) {
    let (wanted, given) = (theirs(guard, wanted), plain(given));
    assert!(is_of_type(given, &wanted["type"]), "{at}: {} is not {}", given["type"], wanted["type"]);
    for key in ["minLength", "format"].iter().filter(|key| wanted.get(**key).is_some()) {
        assert_eq!(given[*key], wanted[*key], "{at}: {key}");
    }
    for word in list(&wanted["enum"]) {
        assert!(list(&given["enum"]).any(|w| w == word), "{at}: {word}");
    }
    for name in list(&wanted["required"]) {
        assert!(list(&given["required"]).any(|n| n == name), "{at}: {name} is not required");
    }
    let more = list(&given["required"]).filter(|name| list(&wanted["required"]).all(|n| n != *name));
    assert!(!asked || more.count() == 0, "{at}: more is required than the contract says");
    for (name, field) in entries(&wanted["properties"]) {
        let ours = given["properties"].get(name).unwrap_or_else(|| panic!("{at}.{name} is missing"));
        must_cover(&format!("{at}.{name}"), guard, field, ours, asked);
    }
    if wanted.get("items").is_some() {
        must_cover(&format!("{at}[]"), guard, &wanted["items"], &given["items"], asked);
    }
}

#[test]
fn it_says_what_the_guard_api_says() {
    let guard = yaml(include_str!("../../contract/guard-api.yaml"));
    for (path, item) in entries(&guard["paths"]) {
        for (method, wanted) in entries(item) {
            let (at, given) = (format!("{method} {path}"), &DOCUMENT["paths"][path][method]);
            assert_eq!(given["summary"], wanted["summary"], "{at}");
            for key in ["operationId", "security"].iter().filter(|key| wanted.get(**key).is_some()) {
                assert_eq!(given[*key], wanted[*key], "{at}: {key}");
            }
            for parameter in list(&wanted["parameters"]) {
                let named = |p: &&Value| (&p["name"], &p["in"]) == (&parameter["name"], &parameter["in"]);
                let ours = list(&given["parameters"]).map(resolved).find(named);
                let ours = ours.unwrap_or_else(|| panic!("{at}: {parameter}"));
                assert_eq!(ours["required"], parameter["required"], "{at}: {parameter}");
                must_cover(&at, &guard, &parameter["schema"], &ours["schema"], true);
            }
            assert_eq!(given["requestBody"]["required"], wanted["requestBody"]["required"], "{at}");
            for (kind, media) in entries(&wanted["requestBody"]["content"]) {
                let ours = &given["requestBody"]["content"][kind]["schema"];
                must_cover(&format!("{at}: {kind}"), &guard, &media["schema"], ours, true);
            }
            for (status, answer) in entries(&wanted["responses"]) {
                let ours = resolved(&given["responses"][status]);
                assert!(ours.is_object(), "{at}: {status}");
                for (kind, media) in entries(&answer["content"]) {
                    let ours = &ours["content"][kind]["schema"];
                    must_cover(&format!("{at}: {status}"), &guard, &media["schema"], ours, false);
                }
            }
        }
    }
    for (name, schema) in entries(&guard["components"]["schemas"]) {
        let asked = name.ends_with("Input");
        must_cover(name, &guard, schema, &DOCUMENT["components"]["schemas"][name], asked);
    }
    let (ours, bearer) = (&DOCUMENT["components"]["securitySchemes"], &guard["components"]["securitySchemes"]);
    for (key, value) in entries(&bearer["bearerAuth"]) {
        assert_eq!(&ours["bearerAuth"][key], value);
    }
    assert_eq!(DOCUMENT["security"], guard["security"]);
    let codes = &DOCUMENT["components"]["schemas"]["ErrorResponse"]["properties"]["code"]["enum"];
    for code in ["POLICY_NOT_FOUND", "NOT_AUTHORIZED", "INVALID_STATE", "TOKEN_NOT_FOUND", "TOKEN_EXPIRED"] {
        assert!(list(codes).any(|known| known == code), "{code}");
    }
}

/// A row of a table: what it says of a field.
fn must_have(at: &str, row: &Value, schema: &Value) {
    let (whole, schema) = (schema, plain(schema));
    assert!(schema.is_object(), "{at} is missing");
    for (key, value) in entries(row) {
        match key.as_str() {
            "type" => assert!(is_of_type(schema, value), "{at}: {}", schema["type"]),
            "enum" => assert!(list(value).all(|word| list(&schema["enum"]).any(|w| w == word)), "{at}: {value}"),
            "required" => {}
            // In words: a `default` makes some generators require the field.
            "default" if schema.get("default").is_none() => {
                let (said, word) =
                    (whole["description"].as_str(), value.as_str().map_or(value.to_string(), str::to_owned));
                assert!(said.is_some_and(|said| said.ends_with(&format!("Default: {word}."))), "{at}: {said:?}");
            }
            _ => assert_eq!(&schema[key], value, "{at}: {key}"),
        }
    }
}

/// An example of an answer: it may leave out what the contract does not know of, and nothing else is wrong with it.
fn must_be_an_answer(at: &str, schema: &Value, example: &Value) {
    let others = faults(schema, example).into_iter().filter(|fault| !fault.ends_with("is a required property"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<String>::new(), "{at}");
}

fn must_say_what(document: &str) {
    for said in list(&yaml(document)) {
        let at = said["operation"].as_str().unwrap();
        let (method, path) = at.split_once(' ').unwrap();
        let given = &DOCUMENT["paths"][path][method];
        for status in list(&said["refusals"]).chain([&said["status"]]) {
            assert!(given["responses"][status.to_string()].is_object(), "{at}: {status}");
        }
        for (name, row) in entries(&said["query"]) {
            let named = |p: &&Value| (&p["name"], &p["in"]) == (&json!(name), &json!("query"));
            let ours = list(&given["parameters"]).map(resolved).find(named);
            must_have(&format!("{at}?{name}"), row, &ours.unwrap_or_else(|| panic!("{at}: {name}"))["schema"]);
        }
        let asked = &given["requestBody"]["content"]["application/json"]["schema"];
        for (name, row) in entries(&said["fields"]) {
            let input = resolved(asked);
            must_have(&format!("{at}: {name}"), row, &input["properties"][name]);
            let required = list(&input["required"]).any(|r| r == name);
            assert_eq!(required, row["required"] == true, "{at}: {name}");
        }
        if let Some(example) = said.get("request") {
            assert_eq!(faults(asked, example), Vec::<String>::new(), "{at}");
        }
        if let Some(example) = said.get("answer") {
            let answer = resolved(&given["responses"][said["status"].to_string()]);
            must_be_an_answer(at, &answer["content"]["application/json"]["schema"], example);
        }
    }
}

#[test]
fn it_says_what_the_approvals_api_says() {
    must_say_what(include_str!("../../contract/approvals-api.yaml"));
}

#[test]
fn it_says_what_the_connectors_api_says() {
    must_say_what(include_str!("../../contract/connectors-api.yaml"));
}
