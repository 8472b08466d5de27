//! The calls, against a Slack that is as strict as Slack.

use super::{asked, interaction, may, sample};
use crate::slack::edit::edit;
use crate::slack::modal::{deny_reason, more_info};
use crate::slack::signature::verify;
use crate::slack::{Act, Card, CardAddress, CardOptions, Client, Opened, Subject, Words, card};
use crate::{Failure, Http};
use domain::Timestamp;
use serde_json::json;
use standins::slack::{Fault, SignedRequest, SlackStandin, User};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(300);

async fn slack() -> (SlackStandin, Client) {
    let slack = SlackStandin::start().await.unwrap();
    let client = Client::new(&Http::new(true).unwrap(), &slack.url(), slack.bot_token(), Duration::from_secs(5));
    (slack, client)
}

fn drawn(fields: serde_json::Value) -> Card {
    card(&sample(fields), &CardOptions { editable: true, ..CardOptions::default() }, asked())
}

fn acts(slack: &SlackStandin, sent: &SignedRequest) -> Act {
    let sent_at: i64 = sent.header("x-slack-request-timestamp").parse().unwrap();
    let now = Timestamp::from_second(sent_at).unwrap();
    let signature = sent.header("x-slack-signature");
    assert!(verify(slack.signing_secret(), &sent_at.to_string(), signature, sent.body.as_bytes(), now));
    let found = interaction(sent.body.as_bytes()).unwrap();
    assert_eq!((found.team.as_deref(), found.app.as_str()), (Some(slack.team()), slack.app()));
    found.acts
}

#[tokio::test]
async fn a_card_is_posted_clicked_and_drawn_anew() {
    let (slack, client) = slack().await;
    assert_eq!(client.auth_test().await.unwrap().team_id, slack.team());
    let posted = client.post("C1", &drawn(json!({}))).await.unwrap();
    assert_eq!(posted.app_id.as_deref(), Some(slack.app()));
    let message = slack.message(&posted.ts).unwrap();
    let subject = Subject::of(&sample(json!({})));
    let click = slack.click(&message, "approve", "U7").unwrap();
    assert_eq!(acts(&slack, &click), Act::Approve(subject));
    client.update("C1", &posted.ts, &drawn(json!({"status": "denied"}))).await.unwrap();
    assert!(slack.wait_for(|all| all.iter().any(|m| m.versions.len() == 2 && m.actions().is_empty())).await);
    assert!(slack.message(&posted.ts).unwrap().reads().contains("Denied"));
    assert_eq!(slack.calls(), ["auth.test", "chat.postMessage", "chat.update"]);
}

#[tokio::test]
async fn personas_tick_and_foreigners_are_known_as_such() {
    let (slack, client) = slack().await;
    let posted =
        client.post("C1", &drawn(json!({"personas": ["legal"], "status": "awaiting_personas"}))).await.unwrap();
    let message = slack.message(&posted.ts).unwrap();
    let sent = slack.check(&message, &["legal"], User::foreign("T9", "U9")).unwrap();
    assert!(matches!(acts(&slack, &sent), Act::Acknowledge { personas, .. } if personas == ["legal"]));
    assert_eq!(interaction(sent.body.as_bytes()).unwrap().user_team, "T9");
    assert!(slack.click(&message, "approve", "U7").is_none() && slack.check(&message, &["security"], "U7").is_none());
}

#[tokio::test]
async fn modals_open_once_and_come_back_filled() {
    let (slack, client) = slack().await;
    let approval = sample(json!({}));
    let posted = client.post("C1", &drawn(json!({}))).await.unwrap();
    let address = CardAddress { channel: posted.channel.clone(), ts: posted.ts.clone() };
    let message = slack.message(&posted.ts).unwrap();
    let open = async |action: &str, view: serde_json::Value| {
        let click = slack.click(&message, action, "U7").unwrap();
        let trigger = interaction(click.body.as_bytes()).unwrap().trigger_id.unwrap();
        assert_eq!(client.open_view(&trigger, &view).await, Ok(Opened::Now));
        assert_eq!(client.open_view(&trigger, &view).await, Ok(Opened::Before), "a trigger is good for one modal");
        slack.views().pop().unwrap()
    };
    let asked_why = open("deny_with_reason", deny_reason(&approval, Some(&address))).await;
    let sent = slack.submit(&asked_why, &[("reason", " no ")], "U7");
    let (subject, card) = (Subject::of(&approval), Some(address.clone()));
    assert_eq!(
        acts(&slack, &sent),
        Act::SubmitDeny { subject: subject.clone(), reason: Some("no".into()), card: card.clone() }
    );
    let editing = open("approve_edit", edit(&approval, &["to".into(), "n".into()], Some(&address))).await;
    let sent = slack.submit(&editing, &[("n", "8")], "U7");
    let values = json!({"to": "bob@acme.com", "n": "8"}).as_object().unwrap().clone();
    assert_eq!(acts(&slack, &sent), Act::SubmitEdit { subject, values, card });
}

#[tokio::test]
async fn a_trigger_that_came_too_late_is_told_from_a_refusal() {
    let (slack, client) = slack().await;
    let view = deny_reason(&sample(json!({})), None);
    for (error, opened) in [("expired_trigger_id", true), ("trigger_expired", true), ("expired_trigger", false)] {
        slack.fail_next(Fault::Error(error));
        assert_eq!(client.open_view("t", &view).await.ok(), opened.then_some(Opened::TooLate), "{error}");
    }
}

#[tokio::test]
async fn what_was_read_in_the_modal_can_be_approved_there() {
    let (slack, client) = slack().await;
    let long = sample(json!({"params": {"body": "x".repeat(20_000)}}));
    let posted = client.post("C1", &card(&long, &CardOptions::default(), asked())).await.unwrap();
    let click = slack.click(&slack.message(&posted.ts).unwrap(), "more_info", "U7").unwrap();
    let trigger = interaction(click.body.as_bytes()).unwrap().trigger_id.unwrap();
    client.open_view(&trigger, &more_info(&long, asked(), &may())).await.unwrap();
    let sent = slack.submit(&slack.views().pop().unwrap(), &[], "U7");
    assert_eq!(acts(&slack, &sent), Act::Approve(Subject::of(&long)));
}

#[tokio::test]
async fn a_person_is_told_either_way_and_nothing_in_it_acts() {
    let (slack, client) = slack().await;
    let posted = client.post("C1", &drawn(json!({}))).await.unwrap();
    let click = slack.click(&slack.message(&posted.ts).unwrap(), "deny", "U7").unwrap();
    let url = interaction(click.body.as_bytes()).unwrap().response_url.unwrap();
    client.tell_user("C1", "U7", &Words::literal("<!channel>")).await.unwrap();
    for _ in 0..5 {
        client.tell(&url, &Words::literal("a & b")).await.unwrap();
    }
    assert!(!client.tell(&url, &Words::literal("a sixth time")).await.unwrap_err().is_transient());
    let told: Vec<String> = slack.ephemerals().into_iter().map(|e| e.text).collect();
    assert_eq!(told.iter().filter(|t| *t == "a &amp; b").count(), 5);
    assert_eq!(told[0], "&lt;!channel&gt;");
    let strict = Client::new(&Http::new(false).unwrap(), "https://slack.com/api/", "x", SHORT);
    for url in [
        "https://hooks.slack.com.evil.com/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://a@evil.com/x",
    ] {
        assert!(!strict.tell(url, &Words::literal("x")).await.unwrap_err().is_transient(), "{url}");
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let (slack, client) = slack().await;
    let card = drawn(json!({}));
    let passes = [Fault::ServerError, Fault::Error("internal_error"), Fault::Reset, Fault::Rubbish];
    for fault in passes {
        slack.fail_next(fault.clone());
        assert!(client.post("C1", &card).await.unwrap_err().is_transient(), "{fault:?}");
    }
    slack.fail_next(Fault::Error("ratelimited"));
    let limited = client.post("C1", &card).await.unwrap_err();
    assert!(matches!(limited, Failure::Transient { status: Some(429), .. }), "also where it says so in a 200");
    slack.fail_next(Fault::RateLimited(7));
    let limited = client.post("C1", &card).await.unwrap_err();
    assert!(
        matches!(limited, Failure::Transient { retry_after: Some(crate::RetryAfter::In(d)), status: Some(429), .. } if d.as_secs() == 7)
    );
    for error in ["not_in_channel", "token_revoked", "account_inactive", "some_new_error"] {
        slack.fail_next(Fault::Error(error));
        let failed = client.post("C1", &card).await.unwrap_err();
        assert!(!failed.is_transient() && failed.to_string().contains(error), "{failed}");
    }
    assert!(slack.messages().is_empty());
    assert!(!client.update("C1", "1.1", &card).await.unwrap_err().is_transient(), "message_not_found");
    let bad = Card { text: "x".into(), blocks: vec![json!({"type": "actions", "elements": []})] };
    assert!(client.post("C1", &bad).await.unwrap_err().to_string().contains("invalid_blocks"));
    let other = Client::new(&Http::new(true).unwrap(), &slack.url(), "xoxb-other", SHORT);
    let failed = other.post("C1", &card).await.unwrap_err().to_string();
    assert!(failed.contains("invalid_auth") && !failed.contains("xoxb"));
}

#[tokio::test]
async fn a_lost_answer_is_transient_and_may_have_succeeded() {
    let (slack, _) = slack().await;
    let hasty = Client::new(&Http::new(true).unwrap(), &slack.url(), slack.bot_token(), SHORT);
    slack.fail_next(Fault::Hang);
    assert!(hasty.post("C1", &drawn(json!({}))).await.unwrap_err().is_transient());
    assert!(slack.messages().is_empty());
    slack.fail_next(Fault::SucceedSilently);
    assert!(hasty.post("C1", &drawn(json!({}))).await.unwrap_err().is_transient());
    assert_eq!(slack.messages().len(), 1);
}

#[tokio::test]
async fn plain_http_and_loopback_are_for_a_laptop_only() {
    let (slack, _) = slack().await;
    let strict = Http::new(false).unwrap();
    for base in [
        slack.url(),
        slack.url().replace("http://", "https://"),
        "https://localhost/api/".into(),
        "https://169.254.169.254/".into(),
    ] {
        let failed = Client::new(&strict, &base, slack.bot_token(), SHORT).auth_test().await.unwrap_err();
        assert!(!failed.is_transient(), "{base}: {failed}");
    }
    assert!(slack.calls().is_empty());
}

#[tokio::test]
async fn a_forged_or_unsigned_request_does_not_verify() {
    let (slack, client) = slack().await;
    let posted = client.post("C1", &drawn(json!({}))).await.unwrap();
    let sent = slack.click(&slack.message(&posted.ts).unwrap(), "deny", "U7").unwrap();
    let at: i64 = sent.header("x-slack-request-timestamp").parse().unwrap();
    let good = |r: &SignedRequest| {
        let (stamp, signature) = (r.header("x-slack-request-timestamp"), r.header("x-slack-signature"));
        verify(slack.signing_secret(), stamp, signature, r.body.as_bytes(), Timestamp::from_second(at).unwrap())
    };
    assert!(good(&sent) && !good(&sent.clone().forged("U7", "U8")) && !good(&sent.clone().unsigned()));
    assert!(!good(&sent.clone().resigned("other", at)) && !good(&sent.resigned(slack.signing_secret(), at - 400)));
}
