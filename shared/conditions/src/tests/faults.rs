//! What is wrong with a text is found when it is compiled, with line and column.

use super::compile;

/// A text, and its faults as `line:column message`.
const FAULTS: &[(&str, &[&str])] = &[
    ("", &["1:1 a value is expected where the condition ends"]),
    ("  // nothing", &["1:13 a value is expected where the condition ends"]),
    ("params.amount >", &["1:16 a value is expected where the condition ends"]),
    ("params.amount = 5", &["1:15 the condition should end where there is =; write == to compare"]),
    (
        "a b",
        &[
            "1:1 a is not a known variable; there are action, params, agent, workspace, requester, origin, justification, now",
            "1:3 the condition should end where there is b",
        ],
    ),
    ("(true", &["1:6 ) is expected where the condition ends"]),
    ("true)", &["1:5 the condition should end where there is )"]),
    ("[1, 2", &["1:6 , is expected where the condition ends"]),
    ("true &&\n  && false", &["2:3 a value is expected where there is &&"]),
    ("'abc", &["1:1 this text does not end"]),
    ("'a\nb' == ''", &["1:1 this text does not end"]),
    (r"'é\q' == ''", &["1:3 this escape is not known"]),
    (r"'\ud800' == ''", &["1:2 this escape is not known"]),
    (r"b'\u0041' == b''", &["1:3 this escape is not known"]),
    ("true # false", &["1:6 '#' is no part of a condition"]),
    ("params.1 == 1", &["1:7 the condition should end where there is a number"]),
    ("params.in == 1", &["1:8 a field's name is expected where there is in"]),
    ("params.`a == 1", &["1:8 this name in backticks does not end"]),
    ("9223372036854775808 > 1", &["1:1 this number is too large for a whole number; with .0 it is a decimal one"]),
    ("1 < 100000000000000000000", &["1:5 this number is too large for a whole number; with .0 it is a decimal one"]),
    ("1 < 18446744073709551616u", &["1:5 this number is too large for a whole number; with .0 it is a decimal one"]),
    ("1 < 9007199254740993.0", &["1:5 this number has more digits than are kept"]),
    ("1 < 1e400", &["1:5 this number is too large"]),
    ("1 < 12px", &["1:7 a number ends here and a name begins"]),
    (
        "amount > 5 &&\n currency == 'EUR'",
        &[
            "1:1 amount is not a known variable; there are action, params, agent, workspace, requester, origin, justification, now",
            "2:2 currency is not a known variable; there are action, params, agent, workspace, requester, origin, justification, now",
        ],
    ),
    ("upper(action) == 'A'", &["1:1 upper is not a known function"]),
    ("action.upper() == 'A'", &["1:8 upper is not a known function"]),
    ("action.glob('*')", &["1:8 glob is called as glob(…), not on a value"]),
    ("startsWith(action, 'a')", &["1:1 startsWith is called on a value, as x.startsWith(…)"]),
    ("action.startsWith()", &["1:8 startsWith takes 1 argument"]),
    ("glob(action)", &["1:1 glob takes 2 arguments"]),
    ("now.getHours('UTC', 1) == 1", &["1:5 getHours takes 0 or 1 argument"]),
    ("requester.name == 'x'", &["1:11 name is not a field here; there are id, source, display"]),
    ("has(origin.commit)", &["1:12 commit is not a field here; there are repo, branch, pr, run_id"]),
    ("has(params)", &["1:5 has takes a field, as has(params.country)"]),
    ("[1].all(1, true)", &["1:9 all takes a variable and a test, as all(x, x > 1)"]),
    ("[1].exists(x)", &["1:13 , is expected where there is )"]),
    ("[1].exists(x, true, true)", &["1:12 exists takes a variable and a test, as exists(x, x > 1)"]),
    ("[1].exists(params, true)", &["1:12 params has a meaning already; choose another name"]),
    (
        "[1].exists(x, x > 0) && x > 0",
        &[
            "1:25 x is not a known variable; there are action, params, agent, workspace, requester, origin, justification, now",
        ],
    ),
    // What can never be true or false.
    ("5", &["1:1 a condition must be true or false, but this is a number"]),
    ("'yes'", &["1:1 a condition must be true or false, but this is text"]),
    ("params", &["1:1 a condition must be true or false, but this is an object"]),
    ("now", &["1:1 a condition must be true or false, but this is a timestamp"]),
    ("requester.id", &["1:1 a condition must be true or false, but this is text"]),
    ("params.a + params.b", &["1:1 a condition must be true or false, but this is computed"]),
    ("size(params)", &["1:1 a condition must be true or false, but this is a number"]),
    ("string(params.a)", &["1:1 a condition must be true or false, but this is text"]),
    ("params.a.map(x, x)", &["1:1 a condition must be true or false, but this is a list"]),
    ("true ? 1 : 2", &["1:1 a condition must be true or false, but this is a number"]),
    ("action && true", &["1:1 each side of && must be true or false, but this is text"]),
    ("true || 1", &["1:9 each side of || must be true or false, but this is a number"]),
    ("!action", &["1:2 what ! turns round must be true or false, but this is text"]),
    ("action ? true : false", &["1:1 what is before ? must be true or false, but this is text"]),
    ("params.a.all(x, 1)", &["1:17 a macro's test must be true or false, but this is a number"]),
    // What can never hold.
    ("action == 5", &["1:1 text never equals a number"]),
    ("1 != 'a'", &["1:1 a number never equals text"]),
    ("action == null", &["1:1 text never equals null"]),
    ("now > '2026-01-01'", &["1:1 a timestamp cannot be compared with text"]),
    ("params.a > [1]", &["1:1 a list is neither less nor greater than another"]),
    ("action in [1, 2]", &["1:11 text is never in this list"]),
    ("action in 'abc'", &["1:11 in is followed by a list or an object, but this is text"]),
    ("1 + 'a' == 2", &["1:1 a number and text cannot be computed with this sign"]),
    ("'a' * 2 == 'aa'", &["1:1 text and a number cannot be computed with this sign"]),
    ("-action == 1", &["1:2 text has no negative"]),
    ("action.x == 1", &["1:1 text has no fields"]),
    ("action[0] == 'p'", &["1:1 text has no items"]),
    ("[1]['a'] == 1", &["1:5 an item of a list is found by a number, not by text"]),
    ("{1.5: 1}[params.a] == 1", &[]),
    ("{null: 1} == params.a", &["1:2 a key cannot be null"]),
    ("action.exists(x, true)", &["1:1 a macro goes over a list or an object, but this is text"]),
    ("size(5) == 1", &["1:6 size does not take a number"]),
    ("action.contains(5)", &["1:17 contains does not take a number"]),
    ("int(true) == 1", &["1:5 int does not take true or false"]),
    // What literals tell.
    ("action.matches('(')", &["1:16 \"(\" is not a pattern: found open group without closing ')'"]),
    ("action.matches('a{1000}{1000}')", &["1:16 \"a{1000}{1000}\" is too large a pattern"]),
    ("during('lunch')", &["1:8 \"lunch\" is not one of the policy's calendars"]),
    ("during(action)", &["1:8 during takes a calendar's name in quotes"]),
    (
        "timestamp('2026-13-01T00:00:00Z') < now",
        &["1:11 \"2026-13-01T00:00:00Z\" is not a timestamp, such as \"2026-12-25T09:00:00Z\""],
    ),
    ("duration('1d') < duration('1h')", &["1:10 \"1d\" is not a duration, such as \"1h30m\""]),
    ("now.getHours('Europe/Bern') == 1", &["1:14 \"Europe/Bern\" is not a known time zone"]),
];

#[test]
fn each_fault_of_the_table_is_found_where_it_is() {
    let mut wrong = Vec::new();
    for (text, expected) in FAULTS {
        let problems = compile(text).err().unwrap_or_default();
        let told: Vec<_> = problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
        if told != *expected {
            wrong.push((text, told));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_faults_of_a_text_are_found_at_once() {
    let problems = compile("amount > 5 && action == 5 &&\n during('lunch') && 'é' + 1 == requester.nme").unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(places, [(1, 1), (1, 15), (2, 9), (2, 21), (2, 42)]);
}
