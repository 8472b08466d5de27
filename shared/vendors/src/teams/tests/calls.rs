//! The calls, against a workflow that is as strict as Teams.

use super::{LINK, after, asked, notice, sample, settings};
use crate::teams::Client;
use crate::{Failure, Http};
use serde_json::json;
use standins::teams::{Fault, TeamsStandin};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(300);

async fn workflow() -> (TeamsStandin, Client) {
    let teams = TeamsStandin::start().await.unwrap();
    let client = Client::new(&Http::new(true).unwrap(), &settings(&teams.url()));
    (teams, client)
}

#[tokio::test]
async fn a_request_is_posted_replaced_when_edited_and_followed_up_once() {
    let (teams, client) = workflow().await;
    let mut shown = client.show(&notice(&sample(json!({}))), None).await.unwrap();
    let ended = json!({"status": "approved", "votes": [{"by": "slack:T1/U7", "at": asked()}], "decided_at": asked()});
    for (approval, cards) in [
        (after(&["vote_cast"], json!({})), 1),
        (after(&["vote_cast", "edited"], json!({})), 2),
        (after(&["vote_cast", "edited"], json!({})), 2),
        (after(&["vote_cast", "edited", "escalated"], json!({})), 3),
        (after(&["vote_cast", "edited", "escalated", "approved"], ended.clone()), 4),
        (after(&["vote_cast", "edited", "escalated", "approved", "executed"], ended), 4),
    ] {
        shown = client.show(&notice(&approval), Some(&shown)).await.unwrap();
        assert_eq!(teams.cards().len(), cards);
    }
    assert!(teams.cards()[3].reads().contains("Approved by slack:T1/U7"));
    assert_eq!(teams.cards()[0].links(), [LINK]);
    assert!(teams.refusals().is_empty());
}

#[tokio::test]
async fn a_probe_is_one_card_that_says_it_is_a_test() {
    let (teams, client) = workflow().await;
    client.probe("", asked()).await.unwrap();
    let cards = teams.cards();
    assert!(cards.len() == 1 && cards[0].reads().starts_with("Test\nThis is a test") && cards[0].links().is_empty());
}

#[tokio::test]
async fn a_success_with_an_error_in_it_is_a_failure() {
    let (teams, client) = workflow().await;
    for (fault, transient, status) in [
        (Fault::TeamsFailed(429), true, 429),
        (Fault::TeamsFailed(503), true, 503),
        (Fault::TeamsFailed(413), false, 413),
        (Fault::TeamsFailed(404), false, 404),
        (Fault::Body("Webhook message delivery failed with error: oops"), true, 200),
        (Fault::Body(r#"{"error":{"code":"TooManyRequests","message":"x"}}"#), true, 200),
        (Fault::Body(r#"{"error":{"code":"InvalidTemplate","message":"x"}}"#), false, 200),
        (Fault::Body(r#"{"error":"<b>s3cr3t"}"#), false, 200),
    ] {
        teams.fail_next(fault.clone());
        let failed = client.probe("", asked()).await.unwrap_err();
        assert!(failed.is_transient() == transient && failed.status() == Some(status), "{fault:?} {failed:?}");
        assert!(!failed.to_string().contains("s3cr3t"));
    }
    assert!(teams.cards().is_empty());
    for fine in ["1", "ok", "{}", r#"{"error":null}"#, "[]"] {
        teams.fail_next(Fault::Answer(200, fine));
        assert_eq!(client.probe("", asked()).await, Ok(()), "{fine}");
    }
}

#[tokio::test]
async fn every_status_means_what_the_platform_says() {
    let (teams, client) = workflow().await;
    teams.fail_next(Fault::RateLimited(7));
    let limited = client.probe("", asked()).await.unwrap_err();
    assert!(
        matches!(limited, Failure::Transient { retry_after: Some(crate::RetryAfter::In(d)), status: Some(429), .. } if d.as_secs() == 7)
    );
    for (status, code, transient) in [
        (500, "InternalServerError", true),
        (502, "BadGateway", true),
        (504, "GatewayTimeout", true),
        (408, "RequestTimeout", true),
        (400, "TriggerInputSchemaMismatch", false),
        (401, "DirectApiAuthorizationRequired", false),
        (403, "AuthorizationFailed", false),
        (404, "WorkflowNotFound", false),
        (410, "Gone", false),
        (413, "RequestEntityTooLarge", false),
        (302, "Found", false),
    ] {
        teams.fail_next(Fault::Error(status, code));
        let failed = client.probe("", asked()).await.unwrap_err();
        assert!(failed.is_transient() == transient && failed.status() == Some(status), "{failed:?}");
        assert!(failed.to_string().contains(code), "{failed}");
    }
    assert!(teams.cards().is_empty());
}

#[tokio::test]
async fn the_fifth_post_of_a_second_is_asked_to_wait() {
    let (teams, client) = workflow().await;
    teams.limit_rate();
    for _ in 0..crate::teams::MAX_PER_SECOND {
        client.probe("", asked()).await.unwrap();
    }
    let limited = client.probe("", asked()).await.unwrap_err();
    assert!(matches!(limited, Failure::Transient { retry_after: Some(_), status: Some(429), .. }), "{limited:?}");
}

#[tokio::test]
async fn a_lost_answer_is_transient_and_may_have_been_posted() {
    let (teams, _) = workflow().await;
    let hasty = crate::connector::Settings { timeout: SHORT, ..settings(&teams.url()) };
    let hasty = Client::new(&Http::new(true).unwrap(), &hasty);
    for (fault, posted) in [(Fault::Hang, 0), (Fault::Reset, 0), (Fault::SucceedSilently, 1)] {
        teams.fail_next(fault);
        assert!(hasty.probe("", asked()).await.unwrap_err().is_transient());
        assert_eq!(teams.cards().len(), posted);
    }
}

#[tokio::test]
async fn no_reason_tells_the_address_and_loopback_is_for_a_laptop() {
    let (teams, client) = workflow().await;
    let other = Client::new(&Http::new(true).unwrap(), &settings(&teams.url().replace(teams.secret(), "wr0ng")));
    let strict = Client::new(&Http::new(false).unwrap(), &settings(&teams.url()));
    let refused = other.probe("", asked()).await.unwrap_err();
    assert_eq!((refused.is_transient(), refused.status()), (false, Some(401)));
    let unreached = strict.probe("", asked()).await.unwrap_err();
    assert!(!unreached.is_transient() && teams.calls() == 1);
    for text in [refused.to_string(), unreached.to_string(), format!("{client:?}{other:?}")] {
        assert!(!text.contains("wr0ng") && !text.contains(teams.secret()) && !text.contains("127.0.0.1"), "{text}");
    }
}
