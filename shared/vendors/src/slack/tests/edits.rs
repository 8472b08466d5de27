//! The modal of an edit, there and back.

use super::sample;
use crate::slack::CardAddress;
use crate::slack::edit::edit;
use domain::params::typed::patch_from;
use serde_json::{Map, Value, json};
use standins::blockkit;

fn patch(params: Value, typed: Value) -> Result<Value, Vec<(String, String)>> {
    let values: Map<String, Value> = typed.as_object().unwrap().clone();
    patch_from(&sample(json!({"params": params})).params, &values).map(Value::Object)
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|k| (*k).to_owned()).collect()
}

#[test]
fn only_what_differs_is_in_the_patch_and_a_text_stays_a_text() {
    let params = json!({"code": "007", "n": 7, "on": true, "list": [1, null], "body": {"text": "a\r\nb ", "deep": {"x": 1}}, "a.b": "literal"});
    let same = json!({"code": "007", "n": "7.0", "on": " true ", "list": "[1,null]", "body.text": "a\nb ", "a.b": "literal", "cc": ""});
    assert_eq!(patch(params.clone(), same), Ok(json!({})));
    let typed = json!({"code": "008", "n": "8", "on": "false", "body.text": "", "a.b": "7", "cc": "9"});
    let expected = json!({"code": "008", "n": 8, "on": false, "body": {"text": ""}, "a.b": "7", "cc": "9"});
    assert_eq!(patch(params.clone(), typed), Ok(expected));
    let nested = json!({"body": "{\"text\":\"a\\r\\nb \",\"deep\":{\"y\":[null]}}"});
    assert_eq!(patch(params, nested), Ok(json!({"body": {"deep": {"x": null, "y": [null]}}})));
}

#[test]
fn what_is_not_of_the_same_type_is_an_error_of_its_key() {
    let params = json!({"n": 7, "o": {"a": 1}, "l": [1], "b": true});
    let typed = json!({"n": "seven", "o": "[1]", "l": "{\"a\":1,\"a\":2}", "b": ""});
    let errors = patch(params.clone(), typed).unwrap_err();
    assert_eq!(errors.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["b", "l", "n", "o"]);
    assert!(patch(params.clone(), json!({"n": "9007199254740993"})).is_err());
    assert!(patch(params.clone(), json!({"o": "{\"a\":null}"})).is_err(), "would remove the key");
    assert!(patch(params, json!({"o": "{\"a\":2}", "o.a": "3"})).is_err(), "changed twice");
}

#[test]
fn a_hidden_value_is_kept_unless_something_is_typed() {
    let params = json!({"card": "«redacted»", "body": {"secret": "«redacted»", "open": 1}, "list": ["«redacted»", 1]});
    let kept = json!({"card": "", "body.secret": "", "body": "{\"secret\":\"«redacted»\",\"open\":2}"});
    assert_eq!(patch(params.clone(), kept), Ok(json!({"body": {"open": 2}})));
    assert_eq!(patch(params.clone(), json!({"card": "4111"})), Ok(json!({"card": "4111"})));
    assert!(patch(params.clone(), json!({"card": "«redacted»"})).is_err());
    assert!(patch(params, json!({"list": "[\"«redacted»\",2]"})).is_err());
}

#[test]
fn the_modal_has_an_input_for_each_key_it_can_hold() {
    let params = json!({"s": "a", "n": {"x": 1}, "card": "«redacted»", "long": "x".repeat(3_001), "empty": ""});
    let approval = sample(json!({"params": params}));
    let card = CardAddress { channel: "C1".into(), ts: "1.1".into() };
    let view = edit(&approval, &keys(&["s", "n.x", "card", "long", "empty", "new", "s"]), Some(&card));
    assert_eq!(blockkit::view(&view), Ok(()));
    let ids: Vec<&str> = view["blocks"].as_array().unwrap().iter().filter_map(|b| b["block_id"].as_str()).collect();
    assert_eq!(ids, ["edit:s", "edit:n.x", "edit:card", "edit:empty", "edit:new", "decision"]);
    assert_eq!(view["blocks"][2]["element"]["initial_value"], "1");
    assert!(view["blocks"][3]["element"].get("initial_value").is_none());
    assert!(view.to_string().contains("Too long to be edited here, use the console: long"));
    assert!(view["private_metadata"].as_str().unwrap().contains(r#""ts":"1.1""#));
}
