//! `POST /api/guard/cancel`.

use crate::harness::{System, told_of};
use crate::routes::guard::wait_sse::Stream;
use crate::routes::{at_noon, error, everything, refused};
use jiff::SignedDuration;
use serde_json::{Value, json};

const PATH: &str = "/api/guard/cancel";

async fn cancel(system: &System, body: Value) -> (u16, Value) {
    system.call("", "POST", PATH, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_holder_takes_it_back_and_is_answered_what_waiting_answers() {
    let system = at_noon().await;
    let mut events = system.bus.listen();
    let asked = system.ask("gmail.send", json!({ "to": "a" })).await;
    let mut stream = Stream::open(&system, &asked.token, None).await;
    stream.next().await.unwrap();
    system.clock.advance(SignedDuration::from_secs(60));
    let (status, told) = cancel(&system, json!({ "token": asked.token, "reason": "No need any more" })).await;
    let expected = json!({
        "status": "denied",
        "seq": 2,
        "digest": asked.answer["digest"],
        "reason": "No need any more",
        "reasonCode": "cancelled",
        "decidedAt": "2026-04-21T10:06:00Z",
    });
    assert_eq!((status, &told), (200, &expected));
    assert_eq!(system.poll(&asked.token).await, expected);
    assert_eq!(stream.next().await, Some((2, expected)));
    assert!(stream.next().await.is_none(), "and the stream ends");
    let (_, one) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    assert_eq!((&one["denial_reason"], &one["history"][1]["by"]), (&json!("cancelled"), &json!("agent:demo")));
    system.settle().await;
    assert_eq!(told_of(&mut events, &[&asked.id]), [["approval.requested", "approval.cancelled"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn again_it_is_200_with_the_same_body_and_writes_nothing() {
    let system = at_noon().await;
    let asked = system.ask("short.lived", json!({})).await;
    let first = cancel(&system, json!({ "token": asked.token })).await;
    assert_eq!(first.0, 200);
    system.settle().await;
    let before = everything(&system).await;
    for after in [0, 90] {
        system.clock.advance(SignedDuration::from_secs(after));
        assert_eq!(cancel(&system, json!({ "token": asked.token, "reason": "other" })).await, first);
        let v1 = system.call("", "POST", &format!("/v1{PATH}"), json!({ "token": asked.token })).await;
        assert_eq!(v1, first);
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_unknown_garbled_or_missing_takes_nothing_back() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({})).await;
    system.settle().await;
    let before = everything(&system).await;
    let garbled = asked.token[..asked.token.len() - 1].to_owned() + "!";
    for token in ["cwt_1_x_y", "nonsense", &asked.id, &garbled] {
        let answer = cancel(&system, json!({ "token": token })).await;
        assert_eq!(refused(answer), error(404, "TOKEN_NOT_FOUND"), "{token}");
    }
    for (body, fields) in [
        (json!({}), vec!["token"]),
        (json!({ "token": "" }), vec!["token"]),
        (json!({ "token": 7, "reason": 7 }), vec!["reason", "token"]),
        (json!({ "reason": "x".repeat(3_001) }), vec!["reason", "token"]),
    ] {
        let (status, answer) = cancel(&system, body).await;
        let found: Vec<&str> =
            answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
        assert_eq!((status, found), (400, fields), "{answer}");
    }
    assert_eq!(everything(&system).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_not_taken_back() {
    let system = at_noon().await;
    let [approved, denied, expired] = [
        system.ask("short.lived", json!({})).await,
        system.ask("short.lived", json!({})).await,
        system.ask("short.lived", json!({})).await,
    ];
    for (asked, decision) in [(&approved, "approved"), (&denied, "denied")] {
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": decision })).await.0, 200);
    }
    system.clock.advance(SignedDuration::from_secs(60));
    for swept in [false, true] {
        if swept {
            system.sweep().await;
        }
        for (asked, code) in [(&approved, "INVALID_STATE"), (&denied, "INVALID_STATE"), (&expired, "TOKEN_EXPIRED")] {
            let answer = cancel(&system, json!({ "token": asked.token })).await;
            assert_eq!(refused(answer), error(409, code), "swept: {swept}");
        }
    }
    assert_eq!(system.poll(&expired.token).await["reasonCode"], "expired");
}
