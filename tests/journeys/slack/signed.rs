//! Only what Slack signed is believed.

use crate::harness::Start;
use crate::journeys::slack::stage::{Stage, by_hand, mail};
use app::{Clock, Slack};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{SignedRequest, SlackStandin};

fn now(stage: &Stage) -> i64 {
    stage.system.clock.now().as_second()
}

async fn refused(stage: &Stage, request: &SignedRequest, why: &str) {
    let (status, answer) = stage.post(request).await;
    assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{why}: {answer}");
    assert!(!answer.to_string().contains(stage.slack.signing_secret()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_slack_did_not_sign_is_refused_and_changes_nothing() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let eve = stage.slack.click(&card, "approve", "UEVE").unwrap();
    let secret = stage.slack.signing_secret();
    let with = |name: &str, value: &str| {
        let mut other = click.clone();
        other.headers.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| value.clone_into(v));
        other
    };
    let good = click.header("x-slack-signature").to_owned();
    let bad = [
        ("unsigned", click.clone().unsigned()),
        ("forged", eve.clone().forged("UEVE", "UJANE")),
        ("appended", SignedRequest { body: format!("{}&x=1", click.body), ..click.clone() }),
        ("another secret", click.clone().resigned("another", now(&stage))),
        ("an empty secret", click.clone().resigned("", now(&stage))),
        ("too old", click.clone().resigned(secret, now(&stage) - 302)),
        ("too new", click.clone().resigned(secret, now(&stage) + 302)),
        ("no signature", with("x-slack-signature", "")),
        ("without its version", with("x-slack-signature", good.trim_start_matches("v0="))),
        ("in capitals", with("x-slack-signature", &good.to_uppercase())),
        ("cut", with("x-slack-signature", &good[..20])),
        ("another time", with("x-slack-request-timestamp", &(now(&stage) - 5).to_string())),
        ("no time", with("x-slack-request-timestamp", "soon")),
    ];
    let calls = stage.slack.calls();
    stage
        .unmoved(&asked, async {
            for (why, request) in &bad {
                refused(&stage, request, why).await;
            }
        })
        .await;
    assert_eq!(stage.slack.calls(), calls, "nobody is told anything by what may be anybody's");
    stage.send(&click).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_good_for_five_minutes() {
    let stage = Stage::with(Start::fresh().at(by_hand())).await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let at = now(&stage);
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap().resigned(stage.slack.signing_secret(), at);
    stage.system.clock.advance(SignedDuration::from_secs(301));
    stage.unmoved(&asked, refused(&stage, &click, "after 301 seconds")).await;
    let click = click.resigned(stage.slack.signing_secret(), at + 1);
    stage.send(&click).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_signing_secret_nothing_is_believed() {
    for secret in [None, Some(String::new())] {
        let slack = SlackStandin::start().await.unwrap();
        let app = Slack {
            api_url: slack.url(),
            bot_token: Some(slack.bot_token().into()),
            signing_secret: secret.clone(),
            ..Slack::default()
        };
        let system = Start::fresh().with_slack_app(app).start().await;
        let stage = Stage { slack, system };
        let (asked, card) = stage.ask("gmail.send", mail()).await;
        let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
        let empty = click.clone().resigned("", now(&stage));
        stage
            .unmoved(&asked, async {
                refused(&stage, &click, "signed with a secret that is not configured").await;
                refused(&stage, &empty, "signed with nothing").await;
                refused(&stage, &click.unsigned(), "unsigned").await;
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_slack_nothing_is_believed_either() {
    let slack = SlackStandin::start().await.unwrap();
    let stage = Stage { slack, system: Start::fresh().start().await };
    let click = stage.slack.interaction(&json!({ "type": "block_actions" }));
    refused(&stage, &click, "no Slack").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_interaction_is_refused() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let without = |key: &str| stage.altered(&click, |p| drop(p.as_object_mut().unwrap().remove(key)));
    let at = Clock::Wall.now().as_second();
    let bad = [
        stage.slack.sign(String::new(), at),
        stage.slack.sign("payload=".into(), at),
        stage.slack.sign("payload={".into(), at),
        stage.slack.sign("payload=1".into(), at),
        stage.slack.sign("payload=null".into(), at),
        stage.slack.sign("payload=%FF%FE".into(), at),
        stage.slack.sign("other={}".into(), at),
        stage.slack.sign(format!("{}&{}", click.body, click.body), at),
        stage.slack.sign(format!("payload={}", "[".repeat(5_000)), at),
        stage.slack.sign(r#"{"type":"block_actions"}"#.into(), at),
        without("team"),
        without("user"),
        without("api_app_id"),
        without("actions"),
        stage.altered(&click, |p| p["actions"] = json!([])),
        stage.altered(&click, |p| p["actions"] = json!({})),
        stage.altered(&click, |p| p["user"]["id"] = json!(7)),
        stage.altered(&click, |p| p["actions"][0]["value"] = json!("nonsense")),
        stage.altered(&click, |p| p["actions"][0]["value"] = Value::Null),
    ];
    stage
        .unmoved(&asked, async {
            for request in &bad {
                refused(&stage, request, &request.body).await;
            }
        })
        .await;
}

/// A body of JSON, as events have, signed as forms are.
fn event(stage: &Stage, event: &Value) -> SignedRequest {
    let mut request = stage.slack.sign(event.to_string(), Clock::Wall.now().as_second());
    request
        .headers
        .iter_mut()
        .filter(|(name, _)| name == "content-type")
        .for_each(|(_, v)| *v = "application/json".into());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ours_is_acknowledged_and_left_alone() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let mut acts = vec![
        stage.altered(&click, |p| p["actions"][0]["action_id"] = json!("open_console")),
        stage.altered(&click, |p| p["actions"][0]["action_id"] = json!("somebody_elses")),
        stage.altered(&click, |p| p["actions"][0]["action_id"] = json!("Approve")),
        stage.slack.sign("command=%2Fgate&team_id=T0STANDIN".into(), Clock::Wall.now().as_second()),
        event(&stage, &json!({ "type": "event_callback", "event": { "type": "app_mention" } })),
    ];
    let kinds = [
        "shortcut",
        "message_action",
        "interactive_message",
        "dialog_submission",
        "dialog_cancellation",
        "block_suggestion",
        "view_closed",
        "something_new",
    ];
    acts.extend(kinds.map(|kind| stage.altered(&click, |p| p["type"] = json!(kind))));
    // Shortcuts and what came before blocks name no app, and by an org-wide install no team.
    acts.extend(kinds.map(|kind| stage.slack.interaction(&json!({ "type": kind, "team": null, "token": "t" }))));
    let calls = stage.slack.calls();
    stage
        .unmoved(&asked, async {
            for request in &acts {
                stage.send(request).await;
                refused(&stage, &request.clone().unsigned(), "unsigned").await;
                refused(&stage, &request.clone().resigned("another", now(&stage)), "another secret").await;
            }
        })
        .await;
    assert_eq!(stage.slack.calls(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_may_look_at_the_address_and_ask_whose_it_is() {
    let stage = Stage::open().await;
    let look = stage.slack.sign("ssl_check=1&token=t".into(), now(&stage)).unsigned();
    assert_eq!(stage.post(&look).await, (200, Value::Null), "that is not signed");
    let asks = event(&stage, &json!({ "type": "url_verification", "token": "t", "challenge": "3eZbrw1a" }));
    assert_eq!(stage.post(&asks).await, (200, json!({ "challenge": "3eZbrw1a" })));
    refused(&stage, &asks.unsigned(), "somebody else asks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_of_a_connector_is_believed_about_what_is_not_ours() {
    let slack = SlackStandin::start().await.unwrap();
    let app = Slack { api_url: slack.url(), ..Slack::default() };
    let stage = Stage { system: Start::fresh().with_slack_app(app).start().await, slack };
    let shortcut = stage.slack.interaction(&json!({ "type": "shortcut", "callback_id": "x" }));
    refused(&stage, &shortcut, "nobody has that secret yet").await;
    let secret = stage.slack.signing_secret();
    let new = json!({
        "name": "secops", "type": "slack", "endpoint": "C0SECOPS", "slack_security_mode": "strict",
        "headers": { "X-Slack-Bot-Token": stage.slack.bot_token(), "X-Slack-Signing-Secret": secret },
    });
    let (status, made) =
        stage.system.call(&stage.system.keys.admin, "POST", "/api/settings/approval-connectors", new).await;
    assert_eq!(status, 201, "{made}");
    stage.send(&shortcut).await;
}
