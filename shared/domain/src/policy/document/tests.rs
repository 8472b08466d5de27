//! What YAML 1.2 means, and where faults stand.

use super::Document;
use crate::Fault;
use serde_json::{Value, json};

fn value(text: &str) -> Value {
    Document::read(text).map(|document| document.value).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

fn faults(text: &str) -> Vec<String> {
    match Document::read(text) {
        Ok(document) => panic!("{text}: {}", document.value),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn words_of_yaml_1_1_are_texts() {
    for word in ["no", "No", "NO", "off", "Off", "yes", "on", "y", "Y", "n", "N", "tRUE", "nULL", "="] {
        assert_eq!(value(&format!("[{word}]")), json!([word]), "{word}");
        assert_eq!(value(&format!("- \"{word}\"")), json!([word]), "{word}");
    }
    assert_eq!(
        value("{no: 1, y: {off: n}, 1: a, null: b}"),
        json!({"no": 1, "y": {"off": "n"}, "1": "a", "null": "b"})
    );
    assert_eq!(value("[true, True, TRUE, false, False, FALSE]"), json!([true, true, true, false, false, false]));
    assert_eq!(value("[~, null, Null, NULL]"), json!([null, null, null, null]));
    assert_eq!(value("a:\nb: [1,]"), json!({"a": null, "b": [1]}));
}

#[test]
fn numbers_are_those_of_the_core_schema() {
    for (text, is) in [
        ("010", json!(10)),
        ("0o17", json!(15)),
        ("0x1F", json!(31)),
        ("+12", json!(12)),
        ("-012", json!(-12)),
        ("-0", json!(0)),
        (".5", json!(0.5)),
        ("-.5e1", json!(-5.0)),
        ("5.", json!(5)),
        ("1.50", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("1_000", json!("1_000")),
        ("0b11", json!("0b11")),
        ("-0x1F", json!("-0x1F")),
        ("0o9", json!("0o9")),
        ("1e", json!("1e")),
        (".", json!(".")),
        ("12:30:45", json!("12:30:45")),
        ("2026-04-21", json!("2026-04-21")),
        ("1.2.3", json!("1.2.3")),
        ("!!str 12", json!("12")),
        ("! 12", json!("12")),
        ("!!int 12", json!(12)),
        ("!!float 12", json!(12)),
        ("!!bool true", json!(true)),
        ("!!null ''", json!(null)),
        ("!!seq [1]", json!([1])),
        ("|\n  no\n", json!("no\n")),
    ] {
        assert_eq!(value(&format!("x: {text}")), json!({ "x": is }), "{text}");
    }
}

#[test]
fn what_readers_could_take_differently_is_a_fault() {
    for (text, told) in [
        ("x: .inf", "x is .inf, which is no number in JSON; write it in quotes if it is a text (line 1, column 4)"),
        ("x: -.INF", "x is -.INF, which is no number in JSON; write it in quotes if it is a text (line 1, column 4)"),
        ("x: !!int no", "x is tagged !!int, which it is not (line 1, column 10)"),
        ("x: !money 5", "x has the tag !money, which means nothing here (line 1, column 11)"),
        ("x: !!binary aGk=", "x has the tag !!binary, which means nothing here (line 1, column 13)"),
        (
            "a: &a {b: 1}\nc:\n  <<: *a\n",
            "c[\"<<\"] merges fields in YAML 1.1 alone; write them out, or use an alias for the whole value (line 3, column 3)",
        ),
        ("a.b: 1\n\"a.b\": 2\n", "[\"a.b\"] is written twice (line 2, column 1)"),
        ("? [a]\n: 1\n", "is not YAML: the name of a field must be a text (line 1, column 3)"),
        ("x: \"a\\0\"", "x holds a NUL character (line 1, column 4)"),
        ("x: &a [*a]", "is not YAML: an alias stands for what it is part of (line 1, column 8)"),
        ("%YAML 1.1\n---\nx: 1\n", "is not YAML: it says that it is YAML 1.1; 1.2 is read (line 2, column 1)"),
        ("{\"a\": 1, \"a\": 2}", "is not JSON: the key \"a\" appears twice (line 1, column 12)"),
    ] {
        assert_eq!(faults(text), [told], "{text}");
    }
    assert_eq!(faults("x: .nan\ny: 1\ny: 2\nz: [a: {b: .inf}]").len(), 3, "every fault at once");
    for large in ["9007199254740993", "0xFFFFFFFFFFFFFFFFFFFF", "1e999"] {
        assert!(faults(&format!("x: {large}"))[0].starts_with(&format!("x is {large}: ")), "{large}");
    }
}

#[test]
fn aliases_are_written_out_within_bounds() {
    assert_eq!(value("a: &a [no, 1]\n&k b: *a\nc: {*k : 2}"), json!({"a": ["no", 1], "b": ["no", 1], "c": {"b": 2}}));
    let ten = |of: &str| [of; 10].join(", ");
    let bomb: String =
        ('b'..='i').map(|c| format!("{c}: &{c} [{}]\n", ten(&format!("*{}", (c as u8 - 1) as char)))).collect();
    assert_eq!(
        faults(&format!("a: &a [{}]\n{bomb}", ten("x"))),
        ["is too long: with its aliases written out it has more than 400,000 bytes (line 5, column 40)"]
    );
    let deep: String = (1..200).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    assert_eq!(
        faults(&format!("a0: &a0 x\n{deep}")),
        ["is not YAML: nested more than 64 levels deep (line 65, column 12)"]
    );
    let nested: String = (0..60).map(|n| format!("&a{n} [")).collect();
    let found = faults(&format!("a: {nested}{}{}", "x,".repeat(30_000), "]".repeat(60)));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("is too long: what its anchors hold has more than 400,000 bytes together"),
        "{found:?}"
    );
}

#[test]
fn a_fault_stands_where_its_field_does() {
    let text = "a:\n  - b: 1\n    c.d: {e: 2}\n  - 3\n\"q\\\"\": 4\n";
    for (field, place) in [
        ("a", (1, 1)),
        ("a[0].b", (2, 5)),
        ("a[0][\"c.d\"].e", (3, 11)),
        ("a[0][\"c.d\"].missing", (3, 5)),
        ("a[1]", (4, 5)),
        ("a[7].x", (1, 1)),
        ("[\"q\\\"\"]", (5, 1)),
        ("", (1, 1)),
    ] {
        for text in [text.to_owned(), value(text).to_string()] {
            let json = text.starts_with('{');
            let placed = Document::read(&text).unwrap().placed(vec![Fault::new(field, "")]);
            let found = placed[0].place.map(|p| (p.line, p.column)).unwrap();
            assert!(json || found == place, "{field}: {found:?}");
            assert!(!json || found.0 == 1, "{field}: {found:?}");
        }
    }
}
