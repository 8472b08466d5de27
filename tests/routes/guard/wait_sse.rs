//! `GET /api/guard/wait?token=`.

use crate::harness::documented::must_be_a_wait_answer;
use crate::harness::{PATIENCE, Start, System};
use crate::routes::{error, header, refused};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// An event stream, read as the contract and the HTML standard write it.
pub(super) struct Stream {
    response: reqwest::Response,
    text: String,
}

/// One event: its id and its data.
pub(super) type State = (u64, Value);

impl Stream {
    pub(super) async fn open(system: &System, token: &str, last: Option<u64>) -> Self {
        let mut request = system.request("GET", &format!("/api/guard/wait?token={token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(header(response.headers(), "content-type"), "text/event-stream");
        assert_eq!(header(response.headers(), "cache-control"), "no-cache, no-transform");
        assert_eq!(header(response.headers(), "x-accel-buffering"), "no");
        Self { response, text: String::new() }
    }

    /// The next state; none where the stream has ended.
    pub(super) async fn next(&mut self) -> Option<State> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (state, rest) = (read(block), rest.to_owned());
                self.text = rest;
                return Some(state);
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("nothing came").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// What stands before a blank line: an event, since there are clients that make one of each such line.
fn read(block: &str) -> State {
    let lines: Vec<&str> =
        block.lines().filter(|line| !line.starts_with(':') && !line.starts_with("retry: ")).collect();
    let [event, id, data] = lines[..] else { panic!("an event has three lines: {block:?}") };
    assert_eq!(event, "event: state");
    let id = id.strip_prefix("id: ").unwrap().parse().unwrap();
    let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    must_be_a_wait_answer(&data);
    (id, data)
}

fn approve() -> Value {
    json!({ "decision": "approved" })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_state_comes_at_once_the_terminal_one_ends_the_stream() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({ "n": "007" })).await;
    let mut stream = Stream::open(&system, &asked.token, None).await;
    let (id, first) = stream.next().await.unwrap();
    assert_eq!((id, first), (1, system.poll(&asked.token).await));
    system.resolve(&system.keys.approver, &asked.id, approve()).await;
    let (id, last) = stream.next().await.unwrap();
    assert_eq!((id, &last["status"], &last["decisionParams"]), (2, &json!("approved"), &json!({ "n": "007" })));
    assert_eq!(last, system.poll(&asked.token).await);
    assert!(stream.next().await.is_none(), "a terminal status ends the stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vote_and_acknowledgement_is_an_event_of_its_own_and_denied_ends_it() {
    let system = System::start().await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    let omar = system.key("user:omar@acme.com", &["approver"]).await;
    let asked = system.ask("quorum.two", json!({})).await;
    let mut stream = Stream::open(&system, &asked.token, None).await;
    assert_eq!(stream.next().await.unwrap().0, 1);
    system.resolve(&jane, &asked.id, approve()).await;
    let (id, voted) = stream.next().await.unwrap();
    assert_eq!((id, &voted["status"]), (2, &json!("ready_for_approval")));
    system.resolve(&omar, &asked.id, json!({ "decision": "denied" })).await;
    let (id, denied) = stream.next().await.unwrap();
    assert_eq!((id, &denied["status"], &denied["reasonCode"]), (3, &json!("denied"), &json!("denied_by_human")));
    assert!(stream.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_comes_while_waiting_ends_the_stream_as_expired() {
    let system = crate::routes::at_noon().await;
    let asked = system.ask("short.lived", json!({})).await;
    let mut stream = Stream::open(&system, &asked.token, None).await;
    stream.next().await.unwrap();
    system.clock.advance(jiff::SignedDuration::from_secs(60));
    let (id, last) = stream.next().await.unwrap();
    assert_eq!((id, &last["status"]), (2, &json!("expired")));
    assert!(stream.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_has_ended_is_told_once_and_a_reconnect_after_it_gets_204() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    system.resolve(&system.keys.approver, &asked.id, approve()).await;
    let mut stream = Stream::open(&system, &asked.token, Some(1)).await;
    assert_eq!(stream.next().await.unwrap().0, 2);
    assert!(stream.next().await.is_none());
    let path = format!("/api/guard/wait?token={}", asked.token);
    let again = system.request("GET", &path).header("last-event-id", "2").send().await.unwrap();
    assert_eq!(again.status(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconnect_is_told_only_what_it_has_not_seen() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let mut stream = Stream::open(&system, &asked.token, Some(1)).await;
    system.resolve(&system.keys.approver, &asked.id, approve()).await;
    assert_eq!(stream.next().await.unwrap().0, 2, "the first state was seen before");
    assert!(stream.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_was_never_given_out_is_not_waited_past() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let mut stream = Stream::open(&system, &asked.token, Some(999)).await;
    assert_eq!(stream.next().await.unwrap().0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_cannot_set_headers_says_the_last_id_in_the_query() {
    let system = System::start().await;
    let asked = system.ask("plain.post", json!({})).await;
    system.resolve(&system.keys.approver, &asked.id, approve()).await;
    let path = format!("/api/guard/wait?token={}&lastEventId=2", asked.token);
    assert_eq!(system.request("GET", &path).send().await.unwrap().status(), 204);
    let mut stream = Stream::open(&system, &format!("{}&lastEventId=1", asked.token), None).await;
    assert_eq!(stream.next().await.unwrap().0, 2);
    // A header says it later: the address stays the same for as long as the client comes back.
    let mut stream = Stream::open(&system, &format!("{}&lastEventId=2", asked.token), Some(1)).await;
    assert_eq!(stream.next().await.unwrap().0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_token_is_404_and_a_missing_one_400_streamed_or_not() {
    for start in [Start::fresh(), Start::fresh().buffering()] {
        let system = start.start().await;
        let get = |path: &'static str| system.get("", path);
        assert_eq!(refused(get("/api/guard/wait?token=cwt_1_x_y").await), error(404, "TOKEN_NOT_FOUND"));
        assert_eq!(refused(get("/v1/api/guard/wait?token=nonsense").await), error(404, "TOKEN_NOT_FOUND"));
        assert_eq!(refused(get("/api/guard/wait").await), error(400, "INVALID_PAYLOAD"));
        assert_eq!(refused(get("/api/guard/wait?token=").await), error(400, "INVALID_PAYLOAD"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_buffering_gateway_the_first_connection_is_answered_at_once_and_whole() {
    let system = Start::fresh().buffering().start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let mut burst = timeout(PATIENCE, Stream::open(&system, &asked.token, None)).await.expect("it was held");
    assert_eq!(burst.next().await.unwrap().1, system.poll(&asked.token).await);
    assert!(burst.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_buffering_gateway_a_reconnect_is_held_until_the_state_moves() {
    let system = Start::fresh().buffering().start().await;
    let asked = system.ask("plain.post", json!({})).await;
    let held = Stream::open(&system, &asked.token, Some(1));
    tokio::pin!(held);
    assert!(timeout(Duration::from_millis(400), &mut held).await.is_err(), "nothing has moved yet");
    system.resolve(&system.keys.approver, &asked.id, approve()).await;
    let mut burst = timeout(PATIENCE, held).await.expect("it was held although the state moved");
    assert_eq!(burst.next().await.unwrap().0, 2);
    assert!(burst.next().await.is_none());
    let path = format!("/api/guard/wait?token={}", asked.token);
    let again = system.request("GET", &path).header("last-event-id", "2").send().await.unwrap();
    assert_eq!(again.status(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_buffering_gateway_a_deadline_that_passed_is_written_before_it_is_told() {
    let system = Start::fresh().buffering().at(crate::routes::clock()).start().await;
    let asked = system.ask("short.lived", json!({})).await;
    system.clock.advance(jiff::SignedDuration::from_secs(60));
    let (seq, told) = Stream::open(&system, &asked.token, None).await.next().await.unwrap();
    assert_eq!((seq, &told["status"]), (2, &json!("expired")));
    let (workspace, id) = (domain::Workspace::default_name(), domain::ApprovalId::parse(&asked.id).unwrap());
    let stored = system.gate.store.get_approval(&workspace, &id).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.status), (2, domain::Status::Expired));
}
