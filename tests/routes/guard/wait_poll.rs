//! `POST /api/guard/wait`.

use crate::harness::System;
use crate::routes::{at_noon, error, everything, mask, refused};
use domain::Principal;
use jiff::SignedDuration;
use serde_json::{Value, json};

const PATH: &str = "/api/guard/wait";

async fn wait(system: &System, body: Value) -> (u16, Value) {
    system.call("", "POST", PATH, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_request_tells_its_status_seq_and_digest_and_nothing_that_has_not_happened() {
    let system = at_noon().await;
    let asked = system.ask("plain.post", json!({ "a": 1 })).await;
    let expected = json!({ "status": "ready_for_approval", "seq": 1, "digest": asked.answer["digest"] });
    assert_eq!(system.poll(&asked.token).await, expected);
    let awaiting = system.ask("persona.first", json!({})).await;
    assert_eq!(system.poll(&awaiting.token).await["status"], "awaiting_personas");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_request_tells_who_what_when_and_why() {
    let system = at_noon().await;
    let params = json!({ "to": "a", "bcc": "b", "body": { "text": "t", "secret": [1] } });
    let asked = system.ask("gmail.send", params.clone()).await;
    system.clock.advance(SignedDuration::from_secs(120));
    let decision = json!({ "decision": "approved", "comment": "Looks good" });
    system.resolve(&system.keys.approver, &asked.id, decision).await;
    let expected = json!({
        "status": "approved",
        "seq": 2,
        "digest": "sha256:…",
        "approvers": ["user:approver@localhost"],
        "decisionParams": params,
        "reason": "Looks good",
        "decidedAt": "2026-04-21T10:07:00Z",
    });
    assert_eq!(mask(&system.poll(&asked.token).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_request_tells_why_and_never_the_parameters() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "to": "a", "bcc": "b" })).await;
    system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "denied", "comment": "No" })).await;
    let expected = json!({
        "status": "denied",
        "seq": 2,
        "digest": "sha256:…",
        "reason": "No",
        "reasonCode": "denied_by_human",
        "decidedAt": "2026-04-21T10:05:00Z",
    });
    assert_eq!(mask(&system.poll(&asked.token).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_expired_from_its_deadline_on_and_the_sweep_changes_no_word_of_it() {
    let system = at_noon().await;
    let asked = system.ask("short.lived", json!({})).await;
    system.clock.advance(SignedDuration::from_millis(59_999));
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    system.clock.advance(SignedDuration::from_millis(1));
    let expected = json!({
        "status": "expired",
        "seq": 2,
        "digest": "sha256:…",
        "reasonCode": "expired",
        "decidedAt": "2026-04-21T10:06:00Z",
    });
    assert_eq!(mask(&system.poll(&asked.token).await), expected);
    system.clock.advance(SignedDuration::from_secs(30));
    system.sweep().await;
    assert_eq!(mask(&system.poll(&asked.token).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_approver_is_the_bare_user_id() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let workspace = domain::Workspace::default_name();
    let id = domain::ApprovalId::parse(&asked.id).unwrap();
    let verdict = app::decide::decide_approval::Verdict { approve: true, ..Default::default() };
    let jane = Principal::slack("T1", "UJANE");
    app::decide::decide_approval::decide_approval(&system.gate, &workspace, &id, &jane, &verdict).await.unwrap();
    assert_eq!(system.poll(&asked.token).await["approvers"], json!(["UJANE"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_garbled_forged_or_of_nothing_is_not_found() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let other = system.ask("plain.post", json!({})).await;
    let mac = other.token.rsplit('_').next().unwrap();
    let grafted = format!("{}_{mac}", asked.token.rsplit_once('_').unwrap().0);
    let later_secret = asked.token.replacen("cwt_1", "cwt_2", 1);
    let shout = asked.token.to_uppercase();
    let cut = asked.token[..asked.token.len() - 1].to_owned();
    for token in ["nonsense", "cwt_", "cwt_1_appr_x_y", &grafted, &later_secret, &shout, &cut, "«redacted»"] {
        assert_eq!(refused(wait(&system, json!({ "token": token })).await), error(404, "TOKEN_NOT_FOUND"), "{token}");
    }
    assert_eq!(wait(&system, json!({ "token": asked.token })).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_a_token_or_with_a_bad_hold_is_invalid() {
    let system = System::start().await;
    let token = system.ask("plain.post", json!({})).await.token;
    for bad in [
        json!({}),
        json!({ "token": 7 }),
        json!({ "token": "" }),
        json!([]),
        json!({ "token": token, "waitSec": 26 }),
        json!({ "token": token, "waitSec": -1 }),
        json!({ "token": token, "waitSec": "5" }),
    ] {
        assert_eq!(refused(wait(&system, bad.clone()).await), error(400, "INVALID_PAYLOAD"), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v1_needs_no_key_and_a_wrong_key_does_not_matter() {
    let system = System::start().await;
    let token = system.ask("plain.post", json!({})).await.token;
    let (status, answer) = system.call("csk_wrong", "POST", "/v1/api/guard/wait", json!({ "token": token })).await;
    assert_eq!((status, &answer["status"]), (200, &json!("ready_for_approval")));
    let bare = system.request("POST", PATH).json(&json!({ "token": token })).send().await.unwrap();
    assert_eq!(bare.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_poll_answers_when_somebody_decides() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let held = wait(&system, json!({ "token": asked.token, "waitSec": 25 }));
    let decided = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" }));
    let ((status, told), _) = tokio::time::timeout(crate::harness::PATIENCE, futures::future::join(held, decided))
        .await
        .expect("the poll was held although the state had moved");
    assert_eq!((status, &told["status"]), (200, &json!("approved")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_poll_answers_a_vote_that_ends_nothing_too() {
    let system = System::start().await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    let asked = system.ask("quorum.two", json!({})).await;
    let held = wait(&system, json!({ "token": asked.token, "waitSec": 25 }));
    let voted = system.resolve(&jane, &asked.id, json!({ "decision": "approved" }));
    let ((_, told), _) = tokio::time::timeout(crate::harness::PATIENCE, futures::future::join(held, voted))
        .await
        .expect("the poll was held although somebody voted");
    assert_eq!((&told["status"], &told["seq"]), (&json!("ready_for_approval"), &json!(2)));
    assert_eq!(told["approvers"], json!(["user:jane@acme.com"]));
    assert_eq!(told.get("decisionParams"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_writes_nothing() {
    let system = System::start().await;
    let token = system.ask("plain.post", json!({})).await.token;
    system.settle().await;
    let before = everything(&system).await;
    wait(&system, json!({ "token": token })).await;
    wait(&system, json!({ "token": token, "waitSec": 1 })).await;
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_holds_three_answers_and_who_comes_then_is_answered_at_once() {
    let system = std::sync::Arc::new(at_noon().await);
    let asked = system.ask("plain.held", json!({})).await;
    let body = json!({ "token": asked.token, "waitSec": 25 });
    let mut polls: Vec<_> = (0..4)
        .map(|_| {
            let (system, body) = (system.clone(), body.clone());
            tokio::spawn(async move {
                let answer = system.request("POST", PATH).json(&body).send().await.unwrap();
                let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
                (retry_after, answer.json::<Value>().await.unwrap()["status"].clone())
            })
        })
        .collect();
    let (first, at, _) = futures::future::select_all(&mut polls).await;
    assert_eq!(first.unwrap(), (Some("5".to_owned()), json!("ready_for_approval")));
    drop(polls.remove(at));
    // Another token's answers are held all the same.
    let other = system.ask("plain.held", json!({})).await;
    let held = system.call("", "POST", PATH, json!({ "token": other.token, "waitSec": 25 }));
    let decide = async {
        for asked in [&asked, &other] {
            system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
        }
    };
    let (held, ()) = tokio::join!(held, decide);
    assert_eq!(held.1["status"], "approved");
    for poll in polls {
        assert_eq!(poll.await.unwrap(), (None, json!("approved")));
    }
}
