//! What is wrong with a connector's settings.

use super::connector;
use crate::connector::{Kind, Settings};
use crate::jira::config::PUBLIC_HEADERS;
use crate::{check, samples};

fn fields(settings: &Settings, allow_insecure: bool) -> Vec<String> {
    check(settings, allow_insecure).into_iter().map(|f| f.field).collect()
}

#[test]
fn a_site_with_an_account_and_a_project_is_good() {
    for site in ["https://acme.atlassian.net", "https://acme.atlassian.net/", "https://jira.acme.com:8443"] {
        assert!(check(&connector(site), false).is_empty(), "{site}");
    }
    assert!(check(&connector("http://127.0.0.1:4000"), true).is_empty());
    let mut own = connector("https://acme.atlassian.net");
    own.headers.insert("X-Jira-Issue-Type".into(), "Freigabe".into());
    own.headers.remove("X-Jira-Webhook-Secret");
    assert!(check(&own, false).is_empty() && PUBLIC_HEADERS.contains(&"X-Jira-Issue-Type"));
}

#[test]
fn every_fault_is_told_at_once_and_no_secret() {
    let headers = [
        ("X-Jira-Email", "me:too"),
        ("X-Jira-Api-Token", "s3cret with spaces"),
        ("X-Jira-Project", "ops\" OR 1=1"),
        ("X-Jira-Issue-Type", "a\u{7}"),
        ("X-Jira-Webhook-Secret", "s3cret é"),
        ("X-Jira-Colour", "red"),
    ];
    let mut bad = samples::settings(Kind::Jira, "ftp://acme", &headers);
    bad.strict = true;
    let mut expected = vec!["endpoint".to_owned()];
    expected.extend(headers.iter().map(|(name, _)| format!("headers.{name}")));
    expected.push("slack_security_mode".into());
    assert_eq!(fields(&bad, false), expected);
    assert!(!format!("{:?} {bad:?}", check(&bad, false)).contains("s3cret"));
    let none = samples::settings(Kind::Jira, "", &[]);
    let missing = ["endpoint", "headers.X-Jira-Email", "headers.X-Jira-Api-Token", "headers.X-Jira-Project"];
    assert_eq!(fields(&none, true), missing);
}

#[test]
fn an_address_that_is_no_public_site_is_a_fault() {
    let bad = [
        "http://acme.atlassian.net",
        "https://me:pw@acme.atlassian.net",
        "https://acme.atlassian.net/browse/OPS-1",
        "https://acme.atlassian.net?x=1",
        "https://acme.atlassian.net#x",
        "https://127.0.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://localhost",
        "acme.atlassian.net",
    ];
    for site in bad {
        assert_eq!(fields(&connector(site), false), ["endpoint"], "{site}");
    }
    assert_eq!(fields(&connector("http://10.0.0.1"), true), ["endpoint"]);
}
