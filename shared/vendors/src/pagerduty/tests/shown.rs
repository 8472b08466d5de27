//! What an event says, whatever was asked.

use crate::pagerduty::show::event;
use crate::samples::{ID, LINK, any_approval, approved, asked, extremes, notice, sample};
use domain::Approval;
use proptest::prelude::*;
use serde_json::{Value, json};
use standins::pagerduty::ROUTING_KEY;

fn drawn(approval: &Approval) -> Value {
    event(&notice(approval), ROUTING_KEY)
}

#[test]
fn a_trigger_says_what_is_asked_why_until_when_and_of_how_many() {
    let said = drawn(&sample(json!({"params": {"code": "007", "card": "«redacted»"}})));
    assert_eq!((&said["event_action"], &said["dedup_key"]), (&json!("trigger"), &json!(ID)));
    assert_eq!(said["payload"]["summary"], "Waiting for approval: Send an e-mail to bob@acme.com");
    assert_eq!((&said["payload"]["source"], &said["payload"]["severity"]), (&json!("countersign"), &json!("warning")));
    let details = &said["payload"]["custom_details"];
    assert_eq!(details["Parameters"], "card: \"«redacted»\"\ncode: \"007\"");
    assert_eq!((&details["Approvals"], &details["Expires"]), (&json!("0 of 2"), &json!("2026-11-22 07:00 UTC")));
    assert_eq!(details["Why, in the agent's words"], "Bob asked for it");
    assert_eq!((&said["client_url"], &said["links"][0]["href"]), (&json!(LINK), &json!(LINK)));
    assert!(details.get("Addresses").is_none() && details.get("Not shown").is_none());
}

#[test]
fn the_severity_is_the_policys_and_one_of_four() {
    let approval = sample(json!({}));
    for (asked, said) in
        [(Some("critical"), "critical"), (Some("info"), "info"), (Some("P1"), "warning"), (None, "warning")]
    {
        let mut notice = notice(&approval);
        notice.severity = asked;
        assert_eq!(event(&notice, ROUTING_KEY)["payload"]["severity"], said);
    }
}

#[test]
fn an_end_resolves_and_says_who_decided() {
    let said = drawn(&approved());
    assert_eq!((&said["event_action"], &said["dedup_key"]), (&json!("resolve"), &json!(ID)));
    let stands = said["payload"]["custom_details"]["How it stands"].as_str().unwrap();
    assert!(stands.contains("Approved by slack:T1/U7, user:omar@acme.com"), "{stands}");
    let mut late = sample(json!({}));
    late.expires_at = asked();
    assert_eq!(drawn(&late)["event_action"], "resolve");
}

#[test]
fn no_address_but_the_decision_link_can_be_followed() {
    let links = json!([{"label": "Approve here", "url": "https://evil.com/a"}]);
    let params = json!({"url": "Https://evil.com and WWW.evil.com"});
    let said = drawn(&sample(json!({"params": params, "links": links, "title": "see http://evil.com"})));
    let text = said.to_string();
    assert_eq!(addresses(&text), 2, "{text}");
    assert!(
        text.contains("Https[://]evil.com and WWW[.]evil.com")
            && said["payload"]["custom_details"]["Addresses"].is_string()
    );
    assert!(text.contains("Approve here — https[://]evil.com/a") && text.contains("see http[://]evil.com"));
}

/// Blunted ones are none.
fn addresses(text: &str) -> usize {
    text.matches("://").count() - text.matches("[://").count()
}

fn check(approval: &Approval) {
    let mut shown = notice(approval);
    for link in [Some(LINK), None, Some("javascript:alert(1)")] {
        shown.link = link;
        let said = event(&shown, ROUTING_KEY);
        let escaped: usize = said.to_string().chars().map(|c| if c.is_ascii() { 1 } else { 6 * c.len_utf16() }).sum();
        assert!(escaped <= 512 * 1024, "{escaped}");
        let summary = said["payload"]["summary"].as_str().unwrap();
        assert!((1..=1_024).contains(&summary.encode_utf16().count()) && !summary.contains('\n'));
        let links = if link == Some(LINK) { 2 } else { 0 };
        assert_eq!(addresses(&said.to_string()), links);
        assert!(!said.to_string().contains(['\u{202e}', '\u{200b}', '\u{feff}', '\u{7}']));
        assert!(!said.to_string().to_ascii_lowercase().contains("www."));
    }
}

#[test]
fn extremes_pass_and_say_what_they_lack() {
    extremes().into_iter().for_each(|params| check(&sample(json!({ "params": params }))));
    let long = drawn(&sample(json!({"params": {"v": "x".repeat(600_000)}})));
    let details = &long["payload"]["custom_details"];
    assert!(details["Not shown"].is_string() && details["Parameters"].as_str().unwrap().ends_with('…'));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]
    #[test]
    fn whatever_is_written_pagerduty_takes_it(approval in any_approval()) {
        check(&approval);
    }
}
