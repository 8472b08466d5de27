//! That hidden values do not come back, however an executor writes them.

use super::*;
use data_encoding::{BASE64_NOPAD, HEXLOWER};
use proptest::prelude::*;
use serde_json::json;

fn scrub(leaves: Value) -> Scrub {
    let mut scrub = Scrub::default();
    leaves.as_object().unwrap().iter().for_each(|(pointer, value)| scrub.hide(pointer, value));
    scrub.ready()
}

fn texts(hidden: &str, report: &str) -> String {
    scrub(json!({ "/body/secret": hidden })).text(report)
}

#[test]
fn an_echo_is_taken_out_in_every_usual_spelling() {
    let hidden = "pa\"ss wörd/1";
    let hex = HEXLOWER.encode(hidden.as_bytes());
    let spellings = [
        "pa\"ss wörd/1",
        "PA\"SS WöRD/1",
        "pa\\\"ss wörd/1",
        "pa\\\"ss w\\u00f6rd\\/1",
        "pa\\\\\\\"ss w\\\\u00f6rd/1",
        "pa%22ss%20w%C3%B6rd%2F1",
        "pa%22ss+w%c3%b6rd%2f1",
        "pa%2522ss%2520w%25C3%25B6rd%252F1",
        "pa&quot;ss w&#246;rd/1",
        "cGEic3Mgd8O2cmQvMQ",
        &hex,
    ];
    for spelling in spellings {
        let told = texts(hidden, &format!("got {spelling}!"));
        assert!(told.starts_with("got «redacted»") && told.len() < 40, "{spelling}: {told}");
    }
    let basic = BASE64_NOPAD.encode(format!("user:{hidden}!").as_bytes());
    let told = texts(hidden, &format!("Basic {basic}"));
    assert!(told.starts_with("Basic dXNlcj") && told.contains(REDACTED), "{told}");
}

#[test]
fn it_is_taken_out_of_values_keys_numbers_and_flags() {
    let hidden = scrub(
        json!({"/card": {"number": 4_111_222, "holder-name": "Jane Doe"}, "/pin": "4711", "/live": true, "/n": 7, "/list/0": false}),
    );
    let report = json!({"id": "ch_1", "card": "4111222", "echo": {"4711": [4_711, 47_110, 4.111222e6]}, "pin": 4711, "live": false, "ok": true,
        "list": [true], "text": "jane doe paid 7 of 77, pin=4711.", "holder-name": null, "count": 7});
    let told = json!({"id": "ch_1", "card": REDACTED, "echo": {REDACTED: [REDACTED, REDACTED, REDACTED]}, "pin": REDACTED, "live": REDACTED,
        "ok": true, "list": [true], "text": "«redacted» paid «redacted» of 77, pin=«redacted».", REDACTED: null, "count": REDACTED});
    assert_eq!(hidden.value(&report), told);
}

#[test]
fn a_text_that_was_cut_ends_before_what_is_hidden() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSj";
    assert_eq!(texts(key, "bad key: MIIEvQIBADANBgkqhkiG9w0"), "bad key: «redacted»", "a line of it");
    assert_eq!(texts(key, "MIIEvQIBADANBgkqXXX"), "«redacted»XXX", "sixteen characters of it");
    assert_eq!(scrub(json!({"/k": "sk-live-1234"})).beginning("key sk-li"), "key «redacted»");
    assert_eq!(texts("sk-live-1234", "key sk-li"), "key sk-li");
}

#[test]
fn a_hundred_thousand_hidden_values_cost_no_more_than_a_moment() {
    let leaves: Map<String, Value> = (0..20_000).map(|i| (format!("/l/{i}"), format!("secret{i}").into())).collect();
    let report = (0..500).map(|i| format!("secret{i} ")).collect::<String>();
    let told = scrub(Value::Object(leaves)).text(&report);
    assert!(!told.contains("secret"), "{told}");
    let same = scrub(json!({ "/a": "a".repeat(100_000) })).text(&"a".repeat(4_000));
    assert_eq!(same, REDACTED);
}

#[test]
fn a_text_of_one_letter_is_hidden_in_a_moment_and_what_stands_before_it_is_told() {
    let hidden = scrub(json!({ "/a": "a".repeat(250_000), "/b": "bcde" }));
    let begun = std::time::Instant::now();
    assert_eq!(hidden.text(&format!("told, bcde: {}", "a".repeat(250_000))), "told, «redacted»: «redacted»");
    assert_eq!(hidden.text(&"x".repeat(250_000)).len(), 250_000, "what is not hidden costs no patience");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "squared, it would take minutes");
}

#[test]
fn what_hides_nothing_changes_nothing() {
    let report = json!({"a": [1, "«x»", null]});
    assert_eq!(scrub(json!({})).value(&report), report);
    assert_eq!(scrub(json!({"/a": null, "/b": "", "/c": {}})).value(&report), report);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_hidden_value_comes_back(secret in "[a-zA-Z0-9 \"\\\\/%+&é漢😀-]{4,30}", before in "[a-z \"é]{0,9}", after in "[a-z \"é]{0,9}") {
        prop_assume!(secret.trim().chars().count() >= 4);
        let echo = format!("{before}{secret}{after}");
        let escaped = serde_json::to_string(&echo).unwrap();
        let url = url::form_urlencoded::byte_serialize(echo.as_bytes()).collect::<String>();
        for report in [echo.clone(), escaped.clone(), serde_json::to_string(&escaped).unwrap(), url] {
            let told = texts(&secret, &report);
            prop_assert!(told.contains(REDACTED), "{report} is told as {told}");
            prop_assert!(!told.contains(&secret), "{told}");
        }
        let whole = data_encoding::BASE64.encode(secret.as_bytes());
        prop_assert!(texts(&secret, &whole).starts_with(REDACTED));
        prop_assert_eq!(texts(&secret, "nothing of it: 0"), "nothing of it: 0");
    }
}
