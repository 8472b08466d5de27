//! Agents wait: many at once, while the decision commits, and over connections that are only just there.

use crate::harness::socket::Socket;
use crate::harness::{Asked, Start, System, rounds};
use app::notify::push_state::{greet_waiter, push_state};
use app::{Clock, Keyed};
use aws_sdk_apigatewaymanagement::config::{BehaviorVersion, Region};
use domain::ApprovalId;
use futures::future::join_all;
use jiff::SignedDuration;
use local::invocations;
use push::Push;
use serde_json::{Value, json};
use sockets::Connections;
use standins::connections::ConnectionsStandin;
use std::sync::Arc;
use store::approvals::waiters::Waiter;

const POLICY: &str = r#"
limits: { createsPerMinute: 1000000 }
actions: { "wait.*": { approvers: { anyOf: ["user:approver@localhost"] } } }
"#;

async fn host() -> System {
    Start::fresh().under(POLICY).start().await
}

async fn approve(system: &System, asked: &Asked) {
    let (status, answer) = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(status, 200, "{answer}");
}

/// A whole event stream as text.
async fn stream(system: &System, token: &str) -> String {
    let answer = system.request("GET", &format!("/api/guard/wait?token={token}")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_sockets_and_streams_are_each_told_of_their_own_decision() {
    let system = Arc::new(host().await);
    let (mut sockets, mut streams) = (Vec::new(), Vec::new());
    let (sockets_in_all, streams_in_all) = rounds((150, 60), (500, 200));
    for i in 0..sockets_in_all + streams_in_all {
        let asked = system.ask("wait.crowd", json!({ "i": i })).await;
        if i < sockets_in_all {
            let mut socket = Socket::wait_for(&system, &asked.token).await;
            socket.next().await;
            sockets.push((i, asked, socket));
        } else {
            let (host, token) = (system.clone(), asked.token.clone());
            streams.push((i, asked, tokio::spawn(async move { stream(&host, &token).await })));
        }
    }
    for asked in sockets.iter().map(|(_, asked, _)| asked).chain(streams.iter().map(|(_, asked, _)| asked)) {
        approve(&system, asked).await;
    }
    let is_told = |i: i32, told: &Value| {
        assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &json!({ "i": i })));
    };
    for (i, asked, mut socket) in sockets {
        is_told(i, &socket.until_over(&asked.id).await.pop().unwrap()["data"]);
    }
    for (i, _, stream) in streams {
        let text = stream.await.unwrap();
        let last = text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().unwrap();
        is_told(i, &serde_json::from_str(last).unwrap());
    }
}

/// Registers for a request while it is decided, again and again; nobody misses the end, and nothing goes back.
async fn race(system: &System, rounds: usize) {
    let mut socket = Socket::connect(system, None).await.unwrap();
    for _ in 0..rounds {
        let asked = system.ask("wait.race", json!({})).await;
        tokio::join!(socket.subscribe(&asked.token), approve(system, &asked));
        assert_eq!(socket.until_over(&asked.id).await.pop().unwrap()["data"]["status"], "approved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_subscribes_while_the_decision_commits_misses_it() {
    let system = host().await;
    join_all((0..16).map(|_| race(&system, rounds(12, 100)))).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_hint_everything_still_arrives_through_the_stream() {
    let system = Start::fresh().under(POLICY).without_hints().start().await;
    join_all((0..16).map(|_| race(&system, rounds(10, 40)))).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_connects_while_the_decision_commits_misses_it() {
    let system = host().await;
    let connect = |_| async {
        for _ in 0..rounds(10, 40) {
            let asked = system.ask("wait.connect", json!({})).await;
            let (mut socket, ()) = tokio::join!(Socket::wait_for(&system, &asked.token), approve(&system, &asked));
            assert_eq!(socket.until_over(&asked.id).await.pop().unwrap()["data"]["status"], "approved");
        }
    };
    join_all((0..16).map(connect)).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_opens_a_stream_or_polls_while_the_decision_commits_misses_it() {
    let system = host().await;
    let wait = |_| async {
        for _ in 0..rounds(8, 30) {
            let asked = system.ask("wait.stream", json!({})).await;
            let poll = json!({ "token": asked.token, "waitSec": 25 });
            let (text, (_, polled), ()) = tokio::join!(
                stream(&system, &asked.token),
                system.call("", "POST", "/api/guard/wait", poll),
                approve(&system, &asked)
            );
            assert!(text.trim_end().lines().next_back().unwrap().contains(r#""status":"approved""#), "{text}");
            assert_eq!(polled["status"], "approved");
        }
    };
    join_all((0..10).map(wait)).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_drops_and_comes_back_is_told_what_is() {
    let system = host().await;
    for decided_while_away in [false, true] {
        let asked = system.ask("wait.again", json!({})).await;
        let mut socket = Socket::wait_for(&system, &asked.token).await;
        socket.next().await;
        drop(socket);
        if decided_while_away {
            approve(&system, &asked).await;
        }
        let mut socket = Socket::wait_for(&system, &asked.token).await;
        if !decided_while_away {
            assert_eq!(socket.next().await["data"]["status"], "ready_for_approval");
            approve(&system, &asked).await;
        }
        assert_eq!(socket.until_over(&asked.id).await.len(), 1);
    }
    system.stop().await;
}

/// Another process of the same function, posting to a management address of the test's.
fn posting_to(system: &System, standin: &ConnectionsStandin) -> Push {
    let config = aws_sdk_apigatewaymanagement::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .allow_no_auth()
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(&standin.url)
        .build();
    let gate = system.gate.of_another_process(system.gate.store.clone());
    let connections = Connections::new(aws_sdk_apigatewaymanagement::Client::from_conf(config));
    Push { gate: Keyed::new(gate, system.gate.root.clone()), connections }
}

/// A connection of the host, registered now; the other management address does not know it.
async fn waiter(system: &System, asked: &Asked) -> (Socket, Waiter) {
    let mut socket = Socket::wait_for(system, &asked.token).await;
    socket.next().await;
    let id = ApprovalId::parse(&asked.id).unwrap();
    let (_, mut waiters) = system.gate.store.get_approval_with_waiters(&id).await.unwrap().unwrap();
    (socket, waiters.remove(0))
}

/// How often a waiter was put off; none where it is forgotten.
async fn put_off(system: &System, waiter: &Waiter) -> Option<u64> {
    let found = system.gate.store.get_waiter(&waiter.id, &waiter.connection).await.unwrap();
    found.map(|waiter| waiter.put_off)
}

async fn by_hand() -> System {
    let noon = Clock::manual("2026-11-22T12:00:00Z".parse().unwrap());
    Start::fresh().under(POLICY).at(noon).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_410_straight_after_the_handshake_is_put_off_and_comes_out_of_the_stream_again() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(2).await;
    let asked = system.ask("wait.early", json!({})).await;
    let (_socket, waiter) = waiter(&system, &asked).await;
    let Push { gate, connections } = posting_to(&system, &standin);
    let mut events = system.bus.listen();
    for put_off in 1..=2 {
        // One post, and no pause: the instance is free for others.
        invocations::by("PushFunction", greet_waiter(&gate, &connections, &waiter.id, &waiter.connection))
            .await
            .unwrap();
        assert_eq!(standin.seen(), (put_off, vec![]));
        system.settle().await;
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(|e| e["detail-type"].clone()).collect();
        assert_eq!(told, [json!("waiter.registered")], "it is greeted again");
    }
    invocations::by("PushFunction", greet_waiter(&gate, &connections, &waiter.id, &waiter.connection)).await.unwrap();
    let (posts, taken) = standin.seen();
    assert_eq!((posts, taken.len()), (3, 1));
    assert!(taken[0].contains("ready_for_approval") && put_off(&system, &waiter).await == Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_stays_away_is_put_off_only_so_often() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(1_000).await;
    let asked = system.ask("wait.early", json!({})).await;
    let (_socket, waiter) = waiter(&system, &asked).await;
    let Push { gate, connections } = posting_to(&system, &standin);
    for _ in 0..20 {
        invocations::by("PushFunction", greet_waiter(&gate, &connections, &waiter.id, &waiter.connection))
            .await
            .unwrap();
    }
    assert_eq!(
        (standin.seen().0, put_off(&system, &waiter).await),
        (20, Some(8)),
        "it is young: the next change finds it"
    );
    system.clock.advance(SignedDuration::from_secs(11));
    push_state(&gate, &connections, &waiter.id).await.unwrap();
    assert_eq!(put_off(&system, &waiter).await, None, "then it is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_waiter_that_was_put_off_as_often_as_may_be_hears_of_an_end_all_the_same() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(11).await;
    let asked = system.ask("wait.early", json!({})).await;
    let (_socket, waiter) = waiter(&system, &asked).await;
    approve(&system, &asked).await;
    let Push { gate, connections } = posting_to(&system, &standin);
    let greet = || invocations::by("PushFunction", greet_waiter(&gate, &connections, &waiter.id, &waiter.connection));
    for _ in 0..8 {
        greet().await.unwrap();
    }
    // No change follows an end: the invocation itself must come again.
    assert!(greet().await.is_err() && greet().await.is_err());
    assert!(push_state(&gate, &connections, &waiter.id).await.is_err(), "nor does one follow the event of the end");
    assert_eq!((standin.seen().0, put_off(&system, &waiter).await), (11, Some(8)));
    greet().await.unwrap();
    assert!(standin.seen().1[0].contains("approved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_waiter_for_what_does_not_exist_hears_of_that_all_the_same() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(1).await;
    let asked = system.ask("wait.early", json!({})).await;
    let (_socket, real) = waiter(&system, &asked).await;
    // The host's own gateway knows no such connection.
    let nobody = Waiter { id: ApprovalId::from_bits([7; 16]), connection: "nobody".into(), put_off: 8, ..real };
    system.gate.store.put_waiter(&nobody).await.unwrap();
    let Push { gate, connections } = posting_to(&system, &standin);
    let greet = || invocations::by("PushFunction", greet_waiter(&gate, &connections, &nobody.id, &nobody.connection));
    assert!(greet().await.is_err(), "no change will come to find it");
    greet().await.unwrap();
    assert!(standin.seen().1[0].contains("TOKEN_NOT_FOUND"));
    assert_eq!(put_off(&system, &nobody).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_meets_a_connection_still_on_its_way_is_told_once_it_is_there() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(2).await;
    let asked = system.ask("wait.early", json!({})).await;
    let (_socket, waiter) = waiter(&system, &asked).await;
    system.clock.advance(SignedDuration::from_secs(2));
    approve(&system, &asked).await;
    let Push { gate, connections } = posting_to(&system, &standin);
    push_state(&gate, &connections, &waiter.id).await.unwrap();
    for _ in 0..2 {
        invocations::by("PushFunction", greet_waiter(&gate, &connections, &waiter.id, &waiter.connection))
            .await
            .unwrap();
    }
    let (posts, taken) = standin.seen();
    assert_eq!((posts, taken.len()), (3, 1));
    assert!(taken[0].contains("approved") && put_off(&system, &waiter).await == Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_410_long_after_the_handshake_is_a_client_that_left() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(1_000).await;
    let asked = system.ask("wait.late", json!({})).await;
    let (_socket, waiter) = waiter(&system, &asked).await;
    system.clock.advance(SignedDuration::from_secs(11));
    let Push { gate, connections } = posting_to(&system, &standin);
    push_state(&gate, &connections, &waiter.id).await.unwrap();
    assert_eq!(standin.seen().0, 1);
    assert_eq!(put_off(&system, &waiter).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_with_another_token_is_told_nothing() {
    let system = by_hand().await;
    let standin = ConnectionsStandin::start(0).await;
    let asked = system.ask("wait.forged", json!({})).await;
    let (_socket, real) = waiter(&system, &asked).await;
    let forged = Waiter { connection: "forger".into(), token_hash: "not-the-hash".into(), ..real };
    system.gate.store.put_waiter(&forged).await.unwrap();
    let Push { gate, connections } = posting_to(&system, &standin);
    greet_waiter(&gate, &connections, &forged.id, &forged.connection).await.unwrap();
    assert_eq!(standin.seen().0, 0);
}
