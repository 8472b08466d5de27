//! What an admin may enter, what every fault of it says, and what is shown of it.

use super::settings;
use crate::teams::config::{check, masked};

const QUERY: &str = "api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=S3cr3t-_x";

fn faults(endpoint: &str, allow_insecure: bool) -> Vec<String> {
    let found = check(&settings(endpoint), allow_insecure);
    assert!(found.iter().all(|f| f.field == "endpoint" && !f.problem.contains("S3cr3t")), "{found:?}");
    found.into_iter().map(|f| f.problem).collect()
}

#[test]
fn workflows_of_every_cloud_are_taken() {
    for host in [
        "prod-12.westeurope.logic.azure.com",
        "prod-12.westeurope.logic.azure.com:443",
        "default7ad43c.df.environment.api.powerplatform.com:443",
        "prod-1.usgovtexas.logic.azure.us",
        "x.00.environment.api.gov.powerplatform.microsoft.us",
        "x.00.environment.api.high.powerplatform.microsoft.us",
        "x.00.environment.api.appsplatform.us",
        "prod-1.chinaeast.logic.azure.cn",
        "x.00.environment.api.powerplatform.partner.microsoftonline.cn",
        "PROD-12.Westeurope.Logic.Azure.Com",
    ] {
        assert_eq!(
            faults(&format!("https://{host}/workflows/1/triggers/manual/paths/invoke?{QUERY}"), false),
            [""; 0],
            "{host}"
        );
    }
}

#[test]
fn an_office_connector_is_refused_and_it_is_said_what_to_use() {
    for old in [
        "https://acme.webhook.office.com/webhookb2/S3cr3t/IncomingWebhook/x/y",
        "https://webhook.office.com/webhookb2/S3cr3t",
        "https://outlook.office.com/webhook/S3cr3t",
        "http://acme.webhook.office.com./S3cr3t",
    ] {
        let found = faults(old, true);
        assert!(found.len() == 1 && found[0].contains("“When a Teams webhook request is received”"), "{found:?}");
        assert!(masked(old).ends_with("/...") && !masked(old).contains("S3cr3t"), "{}", masked(old));
    }
}

#[test]
fn everything_wrong_with_an_address_is_told_at_once() {
    let all = faults("http://me:S3cr3t@evil.example.com/workflows?sv=1.0", false);
    assert_eq!(all.len(), 4, "{all:?}");
    for (bad, count) in [
        ("", 1),
        ("prod-1.logic.azure.com", 1),
        ("https://logic.azure.com/?sig=x", 1),
        ("https://prod-1.logic.azure.com.evil.com/?sig=x", 1),
        ("https://evillogic.azure.com/?sig=x", 1),
        ("https://prod-1.logic.azure.com:8443/?sig=x", 1),
        ("https://prod-1.logic.azure.com/?sig=", 1),
        ("https://prod-1.logic.azure.com/#sig=x", 1),
        ("https://127.0.0.1/?sig=x", 1),
        ("http://prod-1.logic.azure.com/?sig=x", 1),
        ("ftp://prod-1.logic.azure.com/", 2),
    ] {
        assert_eq!(faults(bad, false).len(), count, "{bad}");
    }
}

#[test]
fn a_laptop_may_use_loopback_and_nothing_else_besides() {
    for stand_in in ["http://127.0.0.1:9/x?sig=x", "http://localhost/x?sig=x", "https://[::1]:9/x?sig=x"] {
        assert_eq!(faults(stand_in, true), [""; 0]);
        assert!(!faults(stand_in, false).is_empty());
    }
    assert_eq!(faults("http://127.0.0.1:9/x", true).len(), 1);
    assert_eq!(faults("http://10.0.0.1/x?sig=x", true).len(), 2);
}

#[test]
fn an_address_is_shown_without_its_secret_however_it_is_spelled() {
    let host = "https://prod-1.logic.azure.com/workflows/1/invoke";
    assert_eq!(masked(&format!("{host}?{QUERY}")), format!("{host}?{}", QUERY.replace("S3cr3t-_x", "...")));
    assert_eq!(masked(&format!("{host}?sig=S3cr3t&sv=1.0")), format!("{host}?sig=...&sv=1.0"));
    for query in [
        "SIG=S3cr3t",
        "s%69g=S3cr3t",
        "sig=a&sig=S3cr3t",
        "sig=S3cr3t?=S3cr3t",
        "%73%69%67=S3cr3t",
        "sig=x#S3cr3t",
        "+sig=S3cr3t",
    ] {
        let shown = masked(&format!("{host}?{query}"));
        assert!(shown.starts_with(host) && !shown.contains("S3cr3t"), "{shown}");
    }
    assert_eq!(masked("https://me:S3cr3t@x.logic.azure.com:444/?sig=S3cr3t"), "https://x.logic.azure.com:444/?sig=...");
    assert_eq!(masked("not an address ?sig=S3cr3t"), "...");
    assert_eq!(masked(host), host);
}
