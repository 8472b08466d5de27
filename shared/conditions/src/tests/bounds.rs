//! Nothing takes long, whatever the text and the parameters are.

use super::{ask, compile};
use serde_json::{Map, Value, json};

fn long(text: &str, params: &Map<String, Value>) {
    assert_eq!(ask(text, params).unwrap_err().0, "it takes too long", "{text}");
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn nested_macros_over_256_kb_of_parameters_take_too_long() {
    let params = object(json!({"list": vec![1; 100_000], "texts": vec!["abcdefghijklmnop"; 14_000], "map": {}}));
    long("params.list.exists(a, params.list.exists(b, a + b > 5))", &params);
    long("params.list.all(a, a == 1)", &params);
    long("params.texts.exists(t, t.matches('(x+x+)+y'))", &params);
    long("params.list.map(a, params.list) == []", &params);
    long("params.texts.exists_one(a, params.texts.exists(b, a + b == 'x'))", &params);
    long("[params.list, params.list].exists(l, l + l == [])", &params);
    assert_eq!(ask("size(params.list) == 100000 && params.list[99999] == 1", &params), Ok(true));
    long("params.list.exists(a, a == 5) || true", &params);
}

#[test]
fn texts_and_lists_that_grow_take_too_long() {
    let params = object(json!({"t": "x".repeat(1000), "l": vec![1; 1000]}));
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    long(&format!("{ten}.all(a, {ten}.all(b, {ten}.all(c, {ten}.all(d, {ten}.all(e, true)))))"), &params);
    long(&format!("{ten}.map(a, {ten}.map(b, {ten}.map(c, {ten}.map(d, params.t + params.t)))) == []"), &params);
    let twice = (0..14).fold("params.t".to_owned(), |text, _| format!("[{text}].map(x, x + x)[0]"));
    long(&format!("{twice} == ''"), &params);
    let lists = (0..14).fold("params.l".to_owned(), |text, _| format!("[{text}].map(x, x + x)[0]"));
    long(&format!("{lists} == []"), &params);
}

#[test]
fn patterns_and_globs_over_long_texts_take_too_long() {
    let params = object(json!({"t": "a".repeat(250_000), "p": "a{50}{50}", "g": "*a*a*a*a*a*b"}));
    long("params.t.matches('(a|a)*b')", &params);
    long("params.t.matches('a{100}b')", &params);
    long("glob(params.t, '*a*a*a*b')", &params);
    long("glob(params.t, params.g)", &params);
    assert!(ask("'x'.matches(params.p + '{50}')", &params).is_err());
    assert_eq!(ask("params.t.contains('b')", &params), Ok(false));
    assert_eq!(ask("glob(params.p, params.g)", &params), Ok(false));
}

#[test]
fn conditions_that_share_a_budget_end_together() {
    let (params, calendars) = (object(json!({"list": vec![5; 2000]})), crate::Calendars::new());
    let facts = super::facts(&params, &calendars);
    let condition = compile("!params.list.exists(a, a == 1)").unwrap();
    let mut budget = crate::Budget::default();
    let held: Vec<_> = (0..64).map(|_| condition.holds_within(&facts, &mut budget).is_ok()).collect();
    let first_late = held.iter().position(|held| !held).unwrap();
    assert!((2..20).contains(&first_late) && held.iter().skip(first_late).all(|held| !held), "{held:?}");
    assert_eq!(condition.holds(&facts), Ok(true));
}

#[test]
fn the_patterns_of_a_condition_are_not_too_large_together() {
    let text = "action.matches('(a{8}){8}') || ".repeat(100) + "true";
    let problems = compile(&text).unwrap_err();
    assert!(problems.iter().all(|problem| problem.message == "\"(a{8}){8}\" is too large a pattern"), "{problems:?}");
}

#[test]
fn a_text_that_is_nested_too_deeply_is_a_fault() {
    let nested =
        |open: &str, inside: &str, close: &str, times: usize| open.repeat(times) + inside + &close.repeat(times);
    for text in [
        nested("(", "true", ")", 2000),
        nested("[", "", "]", 2000),
        nested("!", "true", "", 4000),
        nested("-", "params.a", "", 4000),
        nested("{1:", "1", "}", 1000),
        nested("true?true:", "true", "", 400),
        nested("[1].exists(x,", "true", ")", 200),
        nested("size(", "''", ")", 500),
        format!("params{} == 1", ".a".repeat(1900)),
        format!("params{} == 1", "[0]".repeat(1000)),
        format!("1{} == 1", "+1".repeat(1900)),
        format!("true{}", " == true".repeat(400)),
        "(".repeat(4096),
        "[".repeat(4096),
    ] {
        let problems = compile(&text).unwrap_err();
        assert!(problems.iter().any(|problem| problem.message == "the condition is nested too deeply"), "{problems:?}");
    }
}

#[test]
fn what_people_nest_is_not_too_deep() {
    let params = Map::new();
    let text = |open: &str, inside: &str, close: &str, times: usize| open.repeat(times) + inside + &close.repeat(times);
    for text in [
        text("(", "true", ")", 32),
        text("[", "1", "]", 24) + " != []",
        format!("true{}", " && true".repeat(500)),
        format!("false{} || true", " || false".repeat(400)),
        format!("size('a'{}) == 33", "+'a'".repeat(32)),
        text("true ? true : ", "false", "", 24),
        text("!", "true", "", 24),
        text("[1].exists(x, ", "true", ")", 12),
    ] {
        assert!(ask(&text, &params).is_ok(), "{text}");
    }
}

#[test]
fn a_text_of_more_than_4096_bytes_is_a_fault() {
    let text = |bytes: usize| format!("action == '{}'", "é".repeat((bytes - 12) / 2));
    assert!(compile(&text(4096)).is_ok());
    assert_eq!(compile(&text(4098)).unwrap_err()[0].message, "the condition has more than 4096 bytes");
}
