//! The WebSocket API at `/ws`: `$connect?token=`, `subscribe`, `ping`, and the messages that come back.

use super::{approvals, at_noon, everything, mask};
use crate::harness::socket::Socket;
use crate::harness::{Start, System};
use jiff::SignedDuration;
use local::ledger::Ledger;
use serde_json::{Value, json};

const APPROVED: &str = "approved";

async fn approve(system: &System, id: &str) {
    let (status, answer) = system.resolve(&system.keys.approver, id, json!({ "decision": APPROVED })).await;
    assert_eq!(status, 200, "{answer}");
}

fn waiters(items: &[String]) -> usize {
    items.iter().filter(|item| item.contains("WAITER#")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_state_comes_first_and_then_the_decision_with_its_parameters() {
    let system = at_noon().await;
    let params = json!({ "to": "jane@acme.com", "bcc": "hidden@acme.com" });
    let asked = system.ask("gmail.send", params.clone()).await;
    let mut socket = Socket::wait_for(&system, &asked.token).await;
    let first = socket.next().await;
    assert_eq!(first["data"], system.poll(&asked.token).await);
    approve(&system, &asked.id).await;
    let told = socket.next().await;
    assert_eq!(told["data"], system.poll(&asked.token).await);
    assert_eq!(told["data"]["decisionParams"], params);
    insta::assert_json_snapshot!([mask(&first), mask(&told)]);
    system.settle().await;
    assert!(socket.is_quiet().await, "the hint and the stream's push are one message");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tokens_wait_on_one_connection_and_each_is_told_of_its_own() {
    let system = System::start().await;
    let mut socket = Socket::connect(&system, None).await.unwrap();
    let mut open = Vec::new();
    for i in 0..30 {
        let asked = system.ask("plain.many", json!({ "i": i })).await;
        socket.subscribe(&asked.token).await;
        open.push(asked);
    }
    for _ in &open {
        assert_eq!(socket.next().await["data"]["status"], "ready_for_approval");
    }
    for (i, asked) in open.iter().enumerate() {
        approve(&system, &asked.id).await;
        let told = socket.next().await;
        assert_eq!((&told["requestId"], &told["data"]["decisionParams"]), (&json!(asked.id), &json!({ "i": i })));
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_to_all_who_wait() {
    let system = at_noon().await;
    let asked = system.ask("quorum.two", json!({ "note": "a" })).await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let mut socket = Socket::wait_for(&system, &asked.token).await;
        socket.next().await;
        sockets.push(socket);
    }
    for person in ["jane", "omar"] {
        let key = system.key(&format!("user:{person}@acme.com"), &["approver"]).await;
        system.resolve(&key, &asked.id, json!({ "decision": APPROVED })).await;
        let now = system.poll(&asked.token).await;
        for socket in &mut sockets {
            assert_eq!(socket.next().await["data"], now);
        }
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_is_answered_with_an_error_and_the_connection_goes_on() {
    let system = System::start().await;
    let asked = system.ask("plain.rubbish", json!({})).await;
    let mut socket = Socket::connect(&system, None).await.unwrap();
    let mut garbled = asked.token.clone();
    garbled.push('0');
    let inputs = [
        "".into(),
        "hello".into(),
        "[]".into(),
        r#"{"action":"shout"}"#.into(),
        r#"{"action":7}"#.into(),
        r#"{"token":"x"}"#.into(),
        r#"{"action":"subscribe"}"#.into(),
        r#"{"action":"subscribe","token":7}"#.into(),
        r#"{"action":"subscribe","action":"ping"}"#.into(),
        json!({ "action": "subscribe", "token": garbled }).to_string(),
        r#"{"action":"subscribe","token":"cwt_1_appr_00000000000000000000000000_x"}"#.into(),
    ];
    let mut page = String::new();
    for input in inputs {
        let input: String = input;
        socket.send(input.clone()).await;
        let told = socket.next().await;
        assert_eq!(told["event"], "error");
        let details = told["details"].as_array().cloned().unwrap_or_default();
        let faults: Vec<String> = details.iter().map(|d| format!("{}: {}", d["field"], d["problem"])).collect();
        let shown = input.replace(&garbled, "GARBLED");
        page += &format!("{shown}\n  {} {}\n", told["code"].as_str().unwrap(), told["error"].as_str().unwrap());
        faults.iter().for_each(|fault| page += &format!("    {fault}\n"));
    }
    insta::assert_snapshot!(page);
    assert_eq!(waiters(&everything(&system).await), 0);
    socket.subscribe(&asked.token).await;
    assert_eq!(socket.next().await["data"]["status"], "ready_for_approval");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_with_a_forged_token_is_refused_and_one_without_is_not() {
    let system = System::start().await;
    let asked = system.ask("plain.forged", json!({})).await;
    for bad in ["x", "cwt_1_x_y", &format!("{}0", asked.token), &asked.token.replacen("cwt_1", "cwt_2", 1)] {
        assert_eq!(Socket::connect(&system, Some(bad)).await.err(), Some(404), "{bad}");
    }
    let mut socket = Socket::connect(&system, None).await.unwrap();
    assert!(socket.is_quiet().await);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribing_again_tells_the_state_again() {
    let system = System::start().await;
    let asked = system.ask("plain.again", json!({})).await;
    let mut socket = Socket::wait_for(&system, &asked.token).await;
    let first = socket.next().await;
    socket.subscribe(&asked.token).await;
    assert_eq!(socket.next().await, first);
    approve(&system, &asked.id).await;
    assert_eq!(socket.until_over(&asked.id).await.len(), 1);
    socket.subscribe(&asked.token).await;
    assert_eq!(socket.next().await["data"]["status"], APPROVED);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_after_the_end_is_told_the_end() {
    let system = System::start().await;
    let asked = system.ask("plain.after", json!({})).await;
    approve(&system, &asked.id).await;
    system.settle().await;
    let mut socket = Socket::wait_for(&system, &asked.token).await;
    assert_eq!(socket.until_over(&asked.id).await.len(), 1);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_and_expiring_and_asking_again_are_told() {
    let system = at_noon().await;
    let asked = system.ask("gmail.send", json!({ "to": "a" })).await;
    let mut socket = Socket::wait_for(&system, &asked.token).await;
    socket.next().await;
    let cancel = json!({ "token": asked.token, "reason": "not needed" });
    assert_eq!(system.call("", "POST", "/api/guard/cancel", cancel).await.0, 200);
    let told = socket.until_over(&asked.id).await.remove(0);
    assert_eq!((&told["data"]["reasonCode"], &told["data"]["reason"]), (&json!("cancelled"), &json!("not needed")));
    let again = json!({ "originalRequestId": asked.id, "actor": { "id": "demo", "source": "agent" } });
    let (status, child) = system.call(&system.keys.agent, "POST", "/api/guard/rerequest", again).await;
    assert_eq!(status, 200, "{child}");
    let told = socket.next().await;
    assert_eq!(told["data"]["supersededBy"], json!({ "requestId": child["requestId"], "token": child["token"] }));
    socket.subscribe(child["token"].as_str().unwrap()).await;
    assert_eq!(socket.next().await["data"]["status"], "ready_for_approval");
    system.clock.advance(SignedDuration::from_mins(61));
    system.sweep().await;
    let told = socket.next().await;
    assert_eq!((&told["requestId"], &told["data"]["status"]), (&child["requestId"], &json!("expired")));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_too_large_for_a_message_are_left_out_and_it_says_so() {
    let system = System::start().await;
    let params = json!({ "text": "x".repeat(140 * 1024) });
    let asked = system.ask("plain.large", params.clone()).await;
    let mut socket = Socket::wait_for(&system, &asked.token).await;
    socket.next().await;
    approve(&system, &asked.id).await;
    let told = socket.next().await;
    assert_eq!((&told["data"]["status"], &told["data"]["decisionParams"]), (&json!(APPROVED), &Value::Null));
    assert_eq!(told["omitted"], json!(["decisionParams", "askedParams", "execution"]));
    assert_eq!(system.poll(&asked.token).await["decisionParams"], params);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_gone_is_forgotten_and_the_others_are_told() {
    let system = at_noon().await;
    let asked = system.ask("plain.gone", json!({})).await;
    let mut gone = Socket::wait_for(&system, &asked.token).await;
    gone.next().await;
    gone.close().await;
    let mut here = Socket::wait_for(&system, &asked.token).await;
    here.next().await;
    assert_eq!((waiters(&everything(&system).await), approvals(&system).await), (2, 1));
    // Longer ago than a connection may be on its way.
    system.clock.advance(SignedDuration::from_secs(11));
    approve(&system, &asked.id).await;
    assert_eq!(here.until_over(&asked.id).await.len(), 1);
    system.settle().await;
    assert_eq!(waiters(&everything(&system).await), 1);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_says_where_to_connect() {
    let system = Start::fresh().start().await;
    let asked = system.ask("plain.links", json!({})).await;
    let expected = format!("{}/ws", system.url.replacen("http", "ws", 1));
    assert_eq!(asked.answer["links"]["websocket"], expected);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribing_again_is_answered_from_a_reading_and_sets_nothing_off() {
    let ledger = Ledger::default();
    let system = Start::fresh().recording(&ledger).start().await;
    let asked = system.ask("plain.again", json!({})).await;
    let mut socket = Socket::connect(&system, None).await.unwrap();
    socket.subscribe(&asked.token).await;
    let first = socket.next().await;
    system.settle().await;
    ledger.take();
    ledger.take_invocations();
    socket.subscribe(&asked.token).await;
    assert_eq!(socket.next().await, first);
    system.settle().await;
    let lines = ledger.take();
    assert!(lines.iter().all(|line| line.operation == "GetItem") && lines.len() == 2, "{lines:?}");
    let invoked: Vec<String> = ledger.take_invocations().into_iter().map(|one| one.function).collect();
    assert_eq!(invoked, ["socket"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_floods_a_connection_is_told_so_and_then_cut_off_and_nobody_else_notices() {
    let system = at_noon().await;
    let asked = system.ask("plain.flood", json!({})).await;
    let mut events = system.bus.listen();
    let mut other = Socket::wait_for(&system, &asked.token).await;
    other.next().await;
    let mut flooding = Socket::connect(&system, None).await.unwrap();
    for _ in 0..2_000 {
        if flooding.try_subscribe(&asked.token).await.is_err() {
            break;
        }
    }
    let told = flooding.until_closed().await;
    let refused = told.iter().filter(|told| told["code"] == "RATE_LIMITED").count();
    assert!((1..=100).contains(&refused) && told.len() <= 301, "{refused} of {}", told.len());
    system.settle().await;
    let registered = std::iter::from_fn(|| events.try_recv().ok()).filter(|e| e["detail-type"] == "waiter.registered");
    // Messages that arrive at once may each find that nobody is registered yet.
    assert!(registered.count() <= 20, "it is not amplified");
    approve(&system, &asked.id).await;
    assert_eq!(other.until_over(&asked.id).await.len(), 1);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_opens_only_so_many_connections_without_a_token() {
    let system = at_noon().await;
    let asked = system.ask("plain.connects", json!({})).await;
    for n in 0..102 {
        let refused = Socket::connect(&system, None).await.err();
        assert_eq!(refused, (n >= 100).then_some(429), "{n}");
    }
    Socket::wait_for(&system, &asked.token).await.next().await;
    system.clock.advance(SignedDuration::from_secs(1));
    assert!(Socket::connect(&system, None).await.is_ok());
    system.stop().await;
}
