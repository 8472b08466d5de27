//! Tests that the shape of a policy and its reader agree on fields, kinds and bounds. Each test document has every field that the shape
//! declares, and one change. The reader must find the faults that the shape finds in it, and no others.

use super::read::{self, Reading};
use super::shape::POLICY;
use crate::fault::{Fault, Faults};
use crate::shape::{Kind, Shape};
use serde_json::{Map, Value, json};

/// The texts in the reader's code, and so all names that the reader may ask for.
fn names_in_the_reader() -> impl Iterator<Item = &'static str> + Clone {
    let is_name = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    let readers = [
        include_str!("read/mod.rs"),
        include_str!("read/action.rs"),
        include_str!("read/calendars.rs"),
        include_str!("read/fields.rs"),
        include_str!("read/rules.rs"),
    ];
    readers.into_iter().flat_map(|text| text.split('"')).filter(is_name)
}

/// A value with every field that the shape declares.
fn whole(shape: &Shape) -> Value {
    match &shape.kind {
        Kind::Flag => json!(false),
        Kind::Count { least, .. } => json!(least),
        Kind::Word(words) => json!(words[0]),
        Kind::Text(text) => match shape.examples.first() {
            Some(example) => serde_json::from_str(example).unwrap(),
            None if text.form.is_some() => json!("U0123456789"),
            None => json!("x"),
        },
        Kind::List(list) => json!([whole(list.of)]),
        Kind::Object(object) => {
            object.fields.iter().map(|field| (field.name.to_owned(), whole(&field.shape))).collect()
        }
        Kind::Map(map) => json!({ "x": map.of.map_or(Value::Null, whole) }),
        _ => json!({}),
    }
}

/// Values at the bounds of a shape, outside them, and of other kinds.
fn strange(kind: &Kind) -> Vec<Value> {
    match kind {
        Kind::Flag => vec![json!(true), json!(1), json!("true")],
        Kind::Count { least, most } => {
            let below = least.checked_sub(1).map_or(json!(-1), |below| json!(below));
            vec![below, json!(most), json!(most + 1), json!(1.5), json!("1")]
        }
        Kind::Word(words) => words.iter().map(|word| json!(word)).chain([json!("strange"), json!(1)]).collect(),
        Kind::Text(_) => vec![json!(""), json!(1), json!([])],
        Kind::List(_) => vec![json!({}), json!("x")],
        Kind::Object(_) | Kind::Map(_) => vec![json!([]), json!("x")],
        _ => Vec::new(),
    }
}

/// The whole value with one change, in every way.
fn changed(shape: &Shape) -> Vec<Value> {
    let mut all = strange(&shape.kind);
    match &shape.kind {
        Kind::List(list) => all.extend(changed(list.of).into_iter().map(|one| json!([one]))),
        Kind::Map(map) => all.extend(map.of.iter().flat_map(|of| changed(of)).map(|one| json!({ "x": one }))),
        Kind::Object(object) => {
            let whole = whole(shape);
            let with = |name: &str, value: Value| {
                let mut fields = whole.as_object().unwrap().clone();
                fields.insert(name.to_owned(), value);
                Value::Object(fields)
            };
            for field in object.fields {
                all.extend(changed(&field.shape).into_iter().map(|value| with(field.name, value)));
                // An action without approvers is a fault of two fields, which no shape knows.
                if field.name != "approvers" {
                    let others = whole.as_object().unwrap().iter().filter(|(name, _)| *name != field.name);
                    all.push(others.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into());
                }
            }
            let known = |name: &&str| object.fields.iter().any(|field| field.name == *name);
            all.extend(names_in_the_reader().filter(|name| !known(name)).map(|name| with(name, json!({}))));
        }
        _ => {}
    }
    all
}

/// What the reader finds between two fields, which no shape knows.
const BETWEEN: [&str; 2] = ["is allow, beside", "is only for a rule with the effect deny"];

fn read(document: &Value) -> Vec<Fault> {
    let all = faults_of(|faults| drop(read::policy(faults, document, Reading::New)));
    all.into_iter().filter(|fault| !BETWEEN.iter().any(|known| fault.problem.starts_with(known))).collect()
}

fn faults_of(find: impl FnOnce(&Faults)) -> Vec<Fault> {
    let faults = Faults::default();
    find(&faults);
    faults.or(()).err().unwrap_or_default()
}

#[test]
fn the_reader_finds_the_faults_that_the_shape_finds_and_no_others() {
    let mut with_faults = 0;
    for document in [whole(&POLICY)].into_iter().chain(changed(&POLICY)) {
        let shape = faults_of(|faults| POLICY.check(&document, "", faults));
        let reader = read(&document);
        assert_eq!(reader, shape, "{document}");
        with_faults += usize::from(!shape.is_empty());
    }
    assert!(with_faults > 300, "{with_faults} documents have faults");
}

#[test]
fn a_document_with_every_field_has_no_fault() {
    assert_eq!(read(&whole(&POLICY)), []);
}
