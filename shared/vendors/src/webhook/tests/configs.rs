//! What an admin may enter, and what every fault of it says.

use super::{SECRET, settings};
use crate::webhook::config::{check, new_secret, read_secret};
use crate::webhook::{MAX_SECRETS, SECRET_BYTES};
use data_encoding::BASE64;

const GOOD: &str = "https://approvals.example.com/hook?tenant=7";

fn faults(endpoint: &str, headers: &[(&str, &str)], allow_insecure: bool) -> Vec<String> {
    check(&settings(endpoint, headers), allow_insecure)
        .into_iter()
        .map(|f| format!("{} {}", f.field, f.problem))
        .collect()
}

#[test]
fn good_settings_have_no_fault() {
    let both = format!("{SECRET} {}", new_secret([9; 32]));
    for headers in [
        vec![],
        vec![("X-Webhook-Secret", "")],
        vec![("X-Webhook-Secret", SECRET)],
        vec![("x-webhook-secret", both.as_str()), ("Authorization", "Bearer t0ken"), ("X-Tenant", "7")],
    ] {
        assert_eq!(faults(GOOD, &headers, false), Vec::<String>::new());
    }
    for laptop in ["http://127.0.0.1:8080/hook", "https://localhost/hook", "http://[::1]:9/"] {
        assert_eq!(faults(laptop, &[], true), Vec::<String>::new());
    }
}

#[test]
fn an_endpoint_is_a_public_https_address_without_credentials() {
    for bad in [
        "",
        "approvals.example.com",
        "http://approvals.example.com/hook",
        "ftp://approvals.example.com",
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://x.localhost./hook",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://0x7f000001/",
        "https://user:pa55@approvals.example.com/hook",
    ] {
        let found = faults(bad, &[], false);
        assert!(found.len() == 1 && found[0].starts_with("endpoint "), "{bad}: {found:?}");
        assert!(!found[0].contains("pa55"));
    }
    assert_eq!(faults("https://10.0.0.1/", &[], true).len(), 1);
}

#[test]
fn every_fault_is_told_at_once_and_no_secret_with_it() {
    let headers = [
        ("X-Webhook-Secret", "whsec_dG9vLXNob3J0 s3cr3t"),
        ("Host", "s3cr3t.example.com"),
        ("content-length", "1"),
        ("Transfer-Encoding", "s3cr3t"),
        ("Content-Type", "text/s3cr3t"),
        ("Webhook-Id", "s3cr3t"),
        ("webhook-anything", "s3cr3t"),
        ("X Y", "s3cr3t"),
        ("X-Line", "s3cr3t\r\nX-More: 1"),
        ("X-Ümlaut", "s3cr3t"),
        ("X-Value", "s3crét"),
    ];
    let found = faults("http://approvals.example.com", &headers, false);
    assert_eq!(found.len(), 12, "{found:#?}");
    assert!(found.iter().all(|fault| !fault.contains("s3cr")), "{found:#?}");
    for (name, _) in headers {
        assert!(found.iter().any(|fault| fault.starts_with(&format!("headers.{name} "))), "{name}");
    }
}

#[test]
fn a_header_is_given_once() {
    let found = faults(GOOD, &[("X-Tenant", "7"), ("x-tenant", "8")], false);
    assert_eq!(found, ["headers.x-tenant is given twice, in another case"]);
}

#[test]
fn a_secret_is_base64_of_24_to_64_bytes() {
    let of = |bytes: usize| format!("whsec_{}", BASE64.encode(&vec![7; bytes]));
    for bytes in [0, 23, 24, 25, 32, 64, 65] {
        assert_eq!(read_secret(&of(bytes)).is_some(), SECRET_BYTES.contains(&bytes), "{bytes}");
    }
    for bad in ["", "whsec_", "whsec_%%%%", &of(32)[6..], &of(32).replace("whsec_", "whsk_")] {
        assert_eq!(read_secret(bad), None, "{bad}");
    }
    let made = new_secret([7; 32]);
    assert_eq!(read_secret(&made), Some(vec![7; 32]));
    let three = vec![made; MAX_SECRETS + 1].join(" ");
    assert_eq!(
        faults(GOOD, &[("X-Webhook-Secret", &three)], false),
        ["headers.X-Webhook-Secret must be one secret, or two while rotating"]
    );
}
