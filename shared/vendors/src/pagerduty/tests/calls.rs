//! The calls, against a PagerDuty that is as strict as PagerDuty.

use super::connector;
use crate::pagerduty::Client;
use crate::samples::{ID, approved, asked, extremes, notice, sample};
use crate::{Failure, Http};
use serde_json::json;
use standins::pagerduty::{PagerDutyStandin, ROUTING_KEY};
use standins::vendor::Fault;
use std::time::Duration;

async fn pagerduty() -> (PagerDutyStandin, Client) {
    let pagerduty = PagerDutyStandin::start().await.unwrap();
    let client = Client::new(&Http::new(true).unwrap(), &connector(&pagerduty.url()));
    (pagerduty, client)
}

#[tokio::test]
async fn an_alert_is_triggered_added_to_and_resolved() {
    let (pagerduty, client) = pagerduty().await;
    let first = client.show(&notice(&sample(json!({}))), None).await.unwrap();
    assert_eq!((first.ts.as_deref(), first.channel), (Some(ID), None));
    let voted = sample(json!({"votes": [{"by": "slack:T1/U7", "at": asked()}]}));
    let second = client.show(&notice(&voted), None).await.unwrap();
    client.show(&notice(&approved()), Some(&second)).await.unwrap();
    let alerts = pagerduty.alerts();
    assert!(alerts.len() == 1 && alerts[0].resolved && alerts[0].events.len() == 3);
    assert_eq!(alerts[0].events[1]["payload"]["custom_details"]["Approvals"], "1 of 2");
}

#[tokio::test]
async fn what_ended_unseen_wakes_nobody_and_what_was_lost_is_closed() {
    let (pagerduty, client) = pagerduty().await;
    client.show(&notice(&approved()), None).await.unwrap();
    assert!(pagerduty.alerts().is_empty());
    pagerduty.fail_next(Fault::Halved);
    // The alert stands even where its answer does not arrive to its end.
    let _lost_or_not = client.show(&notice(&sample(json!({}))), None).await;
    client.show(&notice(&approved()), None).await.unwrap();
    assert!(pagerduty.alerts().iter().all(|a| a.resolved) && pagerduty.alerts().len() == 1);
}

#[tokio::test]
async fn whatever_is_drawn_is_taken() {
    let (pagerduty, client) = pagerduty().await;
    for params in extremes() {
        client.show(&notice(&sample(json!({ "params": params }))), None).await.unwrap();
    }
    assert_eq!(pagerduty.alerts()[0].events.len(), extremes().len());
}

#[tokio::test]
async fn failures_are_told_apart() {
    let (pagerduty, client) = pagerduty().await;
    let open = sample(json!({}));
    let body = json!({"status": "invalid event", "message": "Event object is invalid", "errors": [format!("no {ROUTING_KEY}")]});
    for (status, transient) in [
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        (413, false),
        (301, false),
        (500, true),
        (502, true),
        (200, true),
    ] {
        pagerduty.fail_next(Fault::Answer(status, body.clone()));
        let failed = client.show(&notice(&open), None).await.unwrap_err();
        assert_eq!((failed.is_transient(), failed.status()), (transient, Some(status)), "{failed}");
        assert!(failed.to_string().contains("Event object is invalid; no <routing key>"), "{failed}");
    }
    pagerduty.fail_next(Fault::RateLimited(30));
    let limited = client.show(&notice(&open), None).await.unwrap_err();
    assert!(
        matches!(limited, Failure::Transient { retry_after: Some(crate::RetryAfter::In(d)), status: Some(429), .. } if d.as_secs() == 30)
    );
    for fault in [Fault::Rubbish, Fault::Reset] {
        pagerduty.fail_next(fault.clone());
        assert!(client.show(&notice(&open), None).await.unwrap_err().is_transient(), "{fault:?}");
    }
    assert!(pagerduty.alerts().is_empty() && !format!("{client:?}").contains(ROUTING_KEY));
}

#[tokio::test]
async fn a_slow_pagerduty_is_transient_and_a_wrong_key_is_not() {
    let pagerduty = PagerDutyStandin::start().await.unwrap();
    let mut settings = connector(&pagerduty.url());
    settings.timeout = Duration::from_millis(200);
    pagerduty.fail_next(Fault::Hang);
    let hasty = Client::new(&Http::new(true).unwrap(), &settings);
    assert!(hasty.show(&notice(&sample(json!({}))), None).await.unwrap_err().is_transient());
    settings.headers.insert("x-pagerduty-routing-key".into(), "0".repeat(32));
    let other = Client::new(&Http::new(true).unwrap(), &settings);
    assert_eq!(other.probe("1", asked()).await.unwrap_err().status(), Some(400));
    let strict = Client::new(&Http::new(false).unwrap(), &connector(&pagerduty.url()));
    assert!(!strict.show(&notice(&sample(json!({}))), None).await.unwrap_err().is_transient());
    assert_eq!(pagerduty.taken().len(), 2);
}

#[tokio::test]
async fn a_probe_closes_what_it_opened_and_says_that_it_is_one() {
    let (pagerduty, client) = pagerduty().await;
    client.probe("abc", asked()).await.unwrap();
    let alert = pagerduty.alerts().remove(0);
    assert!(alert.resolved && alert.dedup_key == "countersign-test-abc" && alert.events.len() == 2);
    assert!(
        alert.events[0]["payload"]["summary"].as_str().unwrap().starts_with("TEST")
            && alert.events[0]["payload"]["severity"] == "info"
    );
    pagerduty.fail_next(Fault::Answer(500, json!(null)));
    assert_eq!(client.probe("def", asked()).await.unwrap_err().status(), Some(500));
    assert_eq!(pagerduty.taken().len(), 4, "resolved even though the trigger seemed to fail");
}
