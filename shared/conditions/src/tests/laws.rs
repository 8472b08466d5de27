//! Laws that hold for any text and any parameters.

use super::{ask, compile, params};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Pieces of conditions, from which texts are put together that get further than letters at random.
const PIECES: [&str; 48] = [
    "params",
    ".amount",
    ".items",
    ".customer",
    ".text",
    "[0]",
    "['id']",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    " in ",
    "1",
    "2.5",
    "3u",
    "'a'",
    "b'x'",
    "true",
    "null",
    ".size()",
    ".exists(x, ",
    ".map(x, ",
    "x",
    "has(",
    "now",
    ".getHours('UTC')",
    "duration('1h')",
    "glob(",
    ".matches('a+')",
    "string(",
    "type(",
];

/// A condition that is well formed.
fn condition() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![
        "1",
        "50",
        "50.0",
        "params.amount",
        "params.decimal",
        "params.half",
        "params.text",
        "params.missing",
        "params.huge",
    ]);
    let leaf = (number.clone(), prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]), number)
        .prop_map(|(a, sign, b)| format!("dyn({a}) {sign} {b}"));
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            inner.prop_map(|a| format!("params.numbers.exists(x, {a})")),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_compiler_panic(text in any::<String>()) {
        prop_assert_eq!(format!("{:?}", compile(&text)), format!("{:?}", compile(&text)));
    }

    #[test]
    fn no_pieces_of_conditions_make_anything_panic(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 1..24)) {
        let text = pieces.concat();
        match compile(&text) {
            Ok(condition) => {
                prop_assert_eq!(condition.source(), &text);
                prop_assert_eq!(ask(&text, &params()), ask(&text, &params()));
            }
            Err(problems) => {
                let lines = text.lines().count().max(1);
                prop_assert!(!problems.is_empty() && problems.iter().all(|p| (1..=lines).contains(&p.line) && p.column >= 1));
            }
        }
    }

    #[test]
    fn a_condition_or_its_opposite_holds_unless_it_is_in_doubt(a in condition()) {
        let params = params();
        let held = ask(&a, &params);
        let certain = held.is_ok();
        prop_assert_eq!(ask(&format!("{a} || !({a})"), &params), if certain { Ok(true) } else { held.clone() });
        prop_assert_eq!(ask(&format!("{a} && !({a})"), &params), if certain { Ok(false) } else { held.clone() });
        prop_assert_eq!(ask(&format!("!!({a})"), &params), held);
    }

    #[test]
    fn a_chain_does_not_depend_on_its_order(a in condition(), b in condition()) {
        let params = params();
        for sign in ["&&", "||"] {
            let (one, other) = (ask(&format!("({a}) {sign} ({b})"), &params), ask(&format!("({b}) {sign} ({a})"), &params));
            prop_assert_eq!(one.as_ref().ok(), other.as_ref().ok());
        }
        let (neither, both) = (ask(&format!("!({a} || {b})"), &params), ask(&format!("!({a}) && !({b})"), &params));
        prop_assert_eq!(neither.ok(), both.ok());
    }

    #[test]
    fn whole_numbers_compare_by_value_however_they_are_written(a in -9_007_199_254_740_991_i64..9_007_199_254_740_992, b in any::<i32>(), same in any::<bool>()) {
        let b = if same { a } else { i64::from(b) };
        let written: [fn(i64) -> Value; 2] = [|n| json!(n), |n| json!(n as f64)];
        for (x, y) in written.iter().flat_map(|x| written.iter().map(move |y| (x, y))) {
            let params = Map::from_iter([("a".to_owned(), x(a)), ("b".to_owned(), y(b))]);
            prop_assert_eq!(ask("params.a < params.b", &params), Ok(a < b));
            prop_assert_eq!(ask("params.a == params.b", &params), Ok(a == b));
            prop_assert_eq!(ask("params.a in [params.b]", &params), Ok(a == b));
        }
    }

    #[test]
    fn numbers_of_any_size_are_compared_exactly_or_not_at_all(a in "-?[1-9][0-9]{0,24}", b in "-?[1-9][0-9]{0,24}", near in any::<bool>()) {
        let b = if near { format!("{a}1").replace("11", "1") } else { b };
        let params: Map<String, Value> = serde_json::from_str(&format!(r#"{{"a": {a}, "b": {b}}}"#)).unwrap();
        let (x, y): (i128, i128) = (a.parse().unwrap(), b.parse().unwrap());
        for (sign, truth) in [("<", x < y), ("<=", x <= y), ("==", x == y), (">", x > y)] {
            if let Ok(held) = ask(&format!("params.a {sign} params.b"), &params) {
                prop_assert_eq!(held, truth, "{} {} {}", a, sign, b);
            }
        }
    }
}

#[test]
fn one_more_than_a_number_past_64_bits_is_not_decided_wrongly() {
    let params: Map<String, Value> =
        serde_json::from_str(r#"{"a": 100000000000000000001, "b": 100000000000000000000}"#).unwrap();
    for sign in [">", "<", "==", "!=", ">=", "<="] {
        assert!(ask(&format!("params.a {sign} params.b"), &params).is_err());
    }
    assert!(ask("params.a in [params.b]", &params).is_err());
    assert_eq!(ask("params.a > 5 && params.a > 18446744073709551615u", &params), Ok(true));
}
