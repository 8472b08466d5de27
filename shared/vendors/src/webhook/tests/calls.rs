//! The calls, against an endpoint that verifies everything.

use super::{SECRET, asked, notice, sample, settings};
use crate::webhook::config::new_secret;
use crate::webhook::{Answered, Client, MAX_ANSWER};
use crate::{Failure, Http};
use serde_json::json;
use standins::webhook::{Fault, WebhookStandin};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(300);

async fn endpoint() -> (WebhookStandin, Client) {
    let endpoint = WebhookStandin::start().await.unwrap();
    endpoint.set_now(asked().as_second());
    let client = client(&endpoint, &[("X-Webhook-Secret", SECRET)]);
    (endpoint, client)
}

fn client(endpoint: &WebhookStandin, headers: &[(&str, &str)]) -> Client {
    Client::new(&Http::new(true).unwrap(), &settings(&endpoint.url(), headers))
}

#[tokio::test]
async fn a_change_is_told_once_and_the_next_one_under_another_id() {
    let (endpoint, client) = endpoint().await;
    let approval = sample(json!({}));
    let shown = client.show(&notice(&approval), None).await.unwrap();
    assert_eq!(client.show(&notice(&approval), Some(&shown)).await.unwrap(), shown);
    assert_eq!(endpoint.calls(), 1);
    let vote = json!({"seq": 2, "at": asked(), "event": "vote_cast", "by": "slack:T1/U7"});
    let voted = sample(json!({"version": 2, "history": [{"seq": 1, "at": asked(), "event": "requested"}, vote]}));
    let shown = client.show(&notice(&voted), Some(&shown)).await.unwrap();
    assert_eq!(shown.ts.as_deref(), Some("appr_0123456789abcdefghjkmnpqrs_2"));
    let kinds: Vec<String> = endpoint.deliveries().iter().map(|d| d.kind().to_owned()).collect();
    assert_eq!(kinds, ["approval.requested", "approval.vote_cast"]);
    assert_eq!(endpoint.deliveries()[0].timestamp, asked().as_second());
    assert!(endpoint.refusals().is_empty());
}

#[tokio::test]
async fn an_attempt_that_is_repeated_has_the_same_id() {
    let (endpoint, client) = endpoint().await;
    let approval = sample(json!({}));
    endpoint.fail_next(Fault::BrokenAnswer);
    assert!(client.show(&notice(&approval), None).await.unwrap_err().is_transient());
    client.show(&notice(&approval), None).await.unwrap();
    assert_eq!(
        (endpoint.deliveries().len(), endpoint.repeats()),
        (1, vec!["appr_0123456789abcdefghjkmnpqrs_1".to_owned()])
    );
}

#[tokio::test]
async fn other_headers_are_sent_along_and_the_secret_never_is() {
    let (endpoint, _) = endpoint().await;
    let headers = [
        ("X-Webhook-Secret", SECRET),
        ("Authorization", " Bearer t0ken "),
        ("X-Tenant", "7"),
        // What a check would have refused does not get through either.
        ("Content-Type", "text/plain"),
        ("Webhook-Id", "mine"),
        ("Host", "elsewhere"),
    ];
    client(&endpoint, &headers).probe("", asked()).await.unwrap();
    let taken = endpoint.deliveries().remove(0);
    assert_eq!((taken.header("authorization"), taken.header("x-tenant")), (Some("Bearer t0ken"), Some("7")));
    assert!(taken.headers.iter().all(|(name, value)| name != "x-webhook-secret" && !value.contains("whsec_")));
    assert_eq!((taken.kind(), taken.body["data"]["test"].as_bool()), ("connector.test", Some(true)));
    assert_eq!(taken.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(taken.headers.iter().filter(|(name, _)| name == "webhook-id").count(), 1);
}

#[tokio::test]
async fn while_rotating_either_secret_is_believed() {
    let (endpoint, _) = endpoint().await;
    let new = new_secret([9; 32]);
    let client = client(&endpoint, &[("X-Webhook-Secret", &format!("{new} {SECRET}"))]);
    client.probe("", asked()).await.unwrap();
    endpoint.believe(&new);
    client.show(&notice(&sample(json!({}))), None).await.unwrap();
    assert!(endpoint.deliveries().iter().all(|delivery| delivery.signatures == 2));
    endpoint.believe(&new_secret([1; 32]));
    assert_eq!(client.probe("", asked()).await.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn every_status_means_what_the_specification_says() {
    let (endpoint, client) = endpoint().await;
    let approval = sample(json!({}));
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        endpoint.fail_next(Fault::Status(status, Some(7)));
        let failed = client.show(&notice(&approval), None).await.unwrap_err();
        let asked = matches!(failed, Failure::Transient { retry_after: Some(crate::RetryAfter::In(d)), .. } if d.as_secs() == 7);
        assert!(asked && failed.status() == Some(status), "{failed:?}");
    }
    for status in [301, 302, 304, 400, 401, 403, 404, 405, 410, 413, 422] {
        endpoint.fail_next(Fault::Status(status, None));
        let failed = client.show(&notice(&approval), None).await.unwrap_err();
        assert!(!failed.is_transient() && failed.status() == Some(status), "{failed:?}");
    }
    endpoint.fail_next(Fault::Redirect);
    assert_eq!(client.probe("", asked()).await.unwrap_err().status(), Some(307));
    for fault in [Fault::Reset, Fault::BrokenAnswer] {
        endpoint.fail_next(fault);
        assert!(client.probe("", asked()).await.unwrap_err().is_transient());
    }
    endpoint.fail_next(Fault::Answer(204, String::new()));
    assert_eq!(client.probe("", asked()).await, Ok(()));
}

#[tokio::test]
async fn an_answer_is_kept_up_to_its_limit_however_long_it_is() {
    let (endpoint, client) = endpoint().await;
    endpoint.fail_next(Fault::Answer(201, r#"{"job":7}"#.into()));
    let answered = client.send("a", "approval.execute", &json!({"n": 1}), asked()).await.unwrap();
    assert_eq!(answered, Answered { status: 201, body: br#"{"job":7}"#.to_vec() });
    endpoint.fail_next(Fault::Answer(200, "x".repeat(3 << 20)));
    let answered = client.send("b", "approval.execute", &json!({"n": 2}), asked()).await.unwrap();
    assert_eq!(answered.body, vec![b'x'; MAX_ANSWER]);
}

#[tokio::test]
async fn a_lost_answer_is_transient_and_may_have_been_taken() {
    let (endpoint, _) = endpoint().await;
    let mut hasty = settings(&endpoint.url(), &[("X-Webhook-Secret", SECRET)]);
    hasty.timeout = SHORT;
    let hasty = Client::new(&Http::new(true).unwrap(), &hasty);
    for (fault, taken) in [(Fault::Hang, 0), (Fault::SucceedSilently, 1)] {
        endpoint.fail_next(fault);
        assert!(hasty.probe("", asked()).await.unwrap_err().is_transient());
        assert_eq!(endpoint.deliveries().len(), taken);
    }
}

#[tokio::test]
async fn a_derived_secret_signs_what_is_not_about_a_connector() {
    let (endpoint, _) = endpoint().await;
    let (http, secret) = (Http::new(true).unwrap(), b"derived");
    endpoint.believe_bytes(secret);
    let headers = vec![("X-Run".to_owned(), "7".to_owned()), ("Webhook-Id".to_owned(), "mine".to_owned())];
    let client = Client::with_secret(&http, &endpoint.url(), secret, headers, Duration::from_secs(5));
    let long = json!({"status": "approved", "params": "x".repeat(100_000)});
    assert_eq!(client.send("appr_1_end", "approval.ended", &long, asked()).await.unwrap_err().status(), Some(413));
    endpoint.take_any_size();
    client.send("appr_1_end", "approval.ended", &long, asked()).await.unwrap();
    let taken = endpoint.deliveries().remove(0);
    assert_eq!((taken.id.as_str(), taken.header("x-run")), ("appr_1_end", Some("7")));
}

#[tokio::test]
async fn nothing_unsigned_and_no_strange_id_is_ever_sent() {
    let (endpoint, good) = endpoint().await;
    for secret in ["", "whsec_dG9vLXNob3J0", &format!("{SECRET} nonsense")] {
        let client = client(&endpoint, &[("X-Webhook-Secret", secret)]);
        assert!(!client.probe("", asked()).await.unwrap_err().is_transient());
    }
    let empty = Client::with_secret(&Http::new(true).unwrap(), &endpoint.url(), b"", Vec::new(), SHORT);
    assert!(!empty.probe("", asked()).await.unwrap_err().is_transient());
    for id in ["", "a.b", "a b", "a\nb", "ü", &"x".repeat(201)] {
        assert!(!good.send(id, "x", &json!({}), asked()).await.unwrap_err().is_transient(), "{id}");
    }
    assert_eq!(endpoint.calls(), 0);
}

#[tokio::test]
async fn plain_http_and_loopback_are_for_a_laptop_and_no_reason_tells_a_secret() {
    let (endpoint, client) = endpoint().await;
    let strict = Client::new(&Http::new(false).unwrap(), &settings(&endpoint.url(), &[("X-Webhook-Secret", SECRET)]));
    let failed = strict.probe("", asked()).await.unwrap_err();
    assert!(!failed.is_transient() && endpoint.calls() == 0);
    let secret = endpoint.url().replace("/hook", "/hook?token=5ecre7");
    endpoint.fail_next(Fault::Status(500, None));
    let other = Client::new(&Http::new(true).unwrap(), &settings(&secret, &[("X-Webhook-Secret", SECRET)]));
    let failed = other.probe("", asked()).await.unwrap_err();
    for text in [failed.to_string(), format!("{client:?} {other:?}")] {
        assert!(!text.contains("5ecre7") && !text.contains("whsec_") && !text.contains("127.0.0.1"), "{text}");
    }
}
