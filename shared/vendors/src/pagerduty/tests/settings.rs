//! What is wrong with a connector's settings.

use super::connector;
use crate::connector::Kind;
use crate::pagerduty::config::{DEFAULT_ENDPOINT, PUBLIC_HEADERS};
use crate::{check, samples};

#[test]
fn a_key_and_an_address_of_pagerdutys_are_good() {
    for endpoint in [DEFAULT_ENDPOINT, "https://events.eu.pagerduty.com/v2/enqueue", ""] {
        assert!(check(&connector(endpoint), false).is_empty(), "{endpoint}");
    }
    assert!(check(&connector("http://127.0.0.1:4000/v2/enqueue"), true).is_empty() && PUBLIC_HEADERS.is_empty());
}

#[test]
fn another_address_is_a_fault() {
    let bad = [
        "http://events.pagerduty.com/v2/enqueue",
        "https://pagerduty.com.evil.com/v2/enqueue",
        "https://evilpagerduty.com/v2/enqueue",
        "https://events.pagerduty.com@evil.com/v2/enqueue",
        "https://a:b@events.pagerduty.com/v2/enqueue",
        "https://events.pagerduty.com:8443/v2/enqueue",
        "http://127.0.0.1/v2/enqueue",
        "https://localhost/v2/enqueue",
        "events",
    ];
    for endpoint in bad {
        let fields: Vec<String> = check(&connector(endpoint), false).into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["endpoint"], "{endpoint}");
    }
    assert_eq!(check(&connector("http://10.0.0.1/v2/enqueue"), true).len(), 1);
}

#[test]
fn every_fault_is_told_at_once_and_no_secret() {
    let headers = [
        ("X-PagerDuty-Routing-Key", "s3cret"),
        ("X-PagerDuty-Webhook-Secret", "s3cret two"),
        ("X-Routing-Key", "s3cret"),
    ];
    let mut bad = samples::settings(Kind::Pagerduty, "x", &headers);
    bad.strict = true;
    let faults = check(&bad, false);
    let mut expected = vec!["endpoint".to_owned()];
    expected.extend(headers.iter().map(|(name, _)| format!("headers.{name}")));
    expected.push("slack_security_mode".into());
    assert_eq!(faults.iter().map(|f| f.field.clone()).collect::<Vec<_>>(), expected);
    assert!(!format!("{faults:?}").contains("s3cret"));
    let missing = check(&samples::settings(Kind::Pagerduty, DEFAULT_ENDPOINT, &[]), false);
    assert!(missing.len() == 1 && missing[0].field == "headers.X-PagerDuty-Routing-Key");
}
