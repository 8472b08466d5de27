//! What PagerDuty posts, verified and read; none of it decides.

use crate::pagerduty::callback::{SIGNATURE, read, verify};
use crate::pagerduty::{Callback, What};
use crate::samples::ID;
use domain::{ApprovalId, Principal};
use serde_json::json;
use standins::pagerduty::{PagerDutyStandin, WEBHOOK_SECRET};
use standins::vendor::hmac;

#[tokio::test]
async fn who_looks_at_what_is_read() {
    let pagerduty = PagerDutyStandin::start().await.unwrap();
    for (event, what) in [
        ("incident.acknowledged", What::Acknowledged),
        ("incident.resolved", What::Resolved),
        ("incident.escalated", What::Other),
        ("incident.approved", What::Other),
    ] {
        let sent = pagerduty.webhook(event, ID, Some("PLH1HKV"));
        assert!(verify(WEBHOOK_SECRET, sent.header(SIGNATURE), sent.body.as_bytes()), "signed with two secrets");
        let expected = Callback {
            what,
            incident: Some("PGR0VU2".into()),
            approval: ApprovalId::parse(ID),
            by: Principal::parse("pagerduty:PLH1HKV").ok(),
            at: "2026-11-22T06:05:00.169Z".parse().ok(),
        };
        assert_eq!(read(sent.body.as_bytes()), Ok(expected), "{event}");
    }
    let ours = read(pagerduty.webhook("incident.resolved", "other", None).body.as_bytes()).unwrap();
    assert_eq!((ours.by, ours.approval), (None, None), "an integration is nobody, another key no approval");
}

#[tokio::test]
async fn whatever_differs_does_not_verify() {
    let pagerduty = PagerDutyStandin::start().await.unwrap();
    let sent = pagerduty.webhook("incident.acknowledged", ID, Some("P1"));
    let signature = sent.header(SIGNATURE).to_owned();
    let good = |secret: &str, signature: &str, body: &str| verify(secret, signature, body.as_bytes());
    assert!(!good("other", &signature, &sent.body) && !good(WEBHOOK_SECRET, &signature, &format!("{} ", sent.body)));
    assert!(!good(WEBHOOK_SECRET, &signature, &sent.clone().forged("P1", "P2").body));
    assert!(!good(WEBHOOK_SECRET, sent.clone().without(SIGNATURE).header(SIGNATURE), &sent.body));
    let hex = hmac(WEBHOOK_SECRET, &sent.body);
    for bad in [
        String::new(),
        hex.clone(),
        format!("v2={hex}"),
        format!("v1={}", hex.to_uppercase()),
        format!("v1={}", &hex[1..]),
    ] {
        assert!(!good(WEBHOOK_SECRET, &bad, &sent.body), "{bad}");
    }
    assert!(good(WEBHOOK_SECRET, &format!("v0=x, v1={hex}"), &sent.body));
    assert!(!good(WEBHOOK_SECRET, &format!("{}v1={hex}", "v1=x,".repeat(10)), &sent.body), "too many");
    assert!(!good("", &format!("v1={}", hmac("", &sent.body)), &sent.body), "an empty secret is no secret");
}

#[test]
fn nothing_hostile_is_understood() {
    let named =
        |data: serde_json::Value| json!({"event": {"event_type": "incident.resolved", "data": data}}).to_string();
    let deep = "[".repeat(200_000);
    for body in ["", "{}", "[]", "{\"event\":{}}", &deep, &named(json!(null)), &named(json!({"type": "service"}))] {
        assert!(read(body.as_bytes()).is_err(), "{body:.60}");
    }
    let odd = json!({"event": {"event_type": "incident.resolved", "agent": {"type": "user_reference", "id": "a b"}, "data": {"type": "incident"}}});
    let found = read(odd.to_string().as_bytes()).unwrap();
    assert_eq!((found.by, found.incident, found.approval), (None, None, None));
    let ping = json!({"event": {"event_type": "pagey.ping", "agent": null, "data": {"type": "ping", "id": "x"}}});
    assert_eq!(read(ping.to_string().as_bytes()).map(|c| (c.what, c.incident)), Ok((What::Other, None)));
}
