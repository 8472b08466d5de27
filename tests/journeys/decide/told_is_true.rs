//! A deadline and a slow write: an answer that says expired is true, however late a decision arrives.

use crate::harness::slow::Slow;
use crate::harness::socket::Socket;
use crate::harness::{Asked, Start, System};
use app::decide::decide_approval::{Verdict, decide_approval};
use app::{Deciding, Failure};
use domain::{ApprovalId, Principal, Refusal, Workspace};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const POLICY: &str = r#"
limits: { createsPerMinute: 1000000 }
actions:
  raced: { timeoutSec: 60, allowReRequest: true, approvers: { anyOf: ["user:approver@localhost", "user:jane@acme.com"] } }
  brief: { timeoutSec: 1, approvers: { anyOf: ["user:approver@localhost"] } }
"#;

/// Every interface that shows the state of an approval.
const PLACES: [&str; 9] = ["poll", "stream", "socket", "list", "denied list", "one", "decision", "cancel", "again"];

/// What a place says: whether the request has expired.
async fn says_expired(system: &System, asked: &Asked, place: &str) -> bool {
    let (approver, id) = (&system.keys.approver, &asked.id);
    let listed = |answer: &Value| {
        let all = answer["approvals"].as_array().unwrap();
        all.iter().any(|a| a["approval_id"] == *id && a["denial_reason"] == "expired")
    };
    match place {
        "poll" => system.poll(&asked.token).await["status"] == "expired",
        "stream" => {
            let stream = system.request("GET", &format!("/api/guard/wait?token={}", asked.token)).send().await.unwrap();
            stream.text().await.unwrap().contains(r#""status":"expired""#)
        }
        "socket" => Socket::wait_for(system, &asked.token).await.next().await["data"]["status"] == "expired",
        "list" => listed(&system.get(approver, "/approvals?status=expired").await.1),
        "denied list" => listed(&system.get(approver, "/approvals?status=denied").await.1),
        "one" => system.get(approver, &format!("/approvals/{id}")).await.1["denial_reason"] == "expired",
        "decision" => system.resolve(approver, id, json!({ "decision": "denied" })).await.1["code"] == "TOKEN_EXPIRED",
        "cancel" => {
            let cancel = json!({ "token": asked.token });
            system.call("", "POST", "/api/guard/cancel", cancel).await.1["code"] == "TOKEN_EXPIRED"
        }
        _ => {
            let again = json!({ "originalRequestId": id, "actor": { "id": "demo", "source": "agent" } });
            system.call(&system.keys.agent, "POST", "/api/guard/rerequest", again).await.0 == 200
        }
    }
}

async fn approve(gate: &Deciding, id: &str, by: &str) -> Result<bool, Failure> {
    let (by, id) = (Principal::parse(by).unwrap(), ApprovalId::parse(id).unwrap());
    let verdict = Verdict { approve: true, ..Verdict::default() };
    let decided = decide_approval(gate, &Workspace::default_name(), &id, &by, &verdict).await;
    decided.map(|decided| decided.approval.status == domain::Status::Approved)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_that_it_expired_and_sees_it_approved_afterwards() {
    let noon = app::Clock::manual("2026-11-22T12:00:00Z".parse().unwrap());
    let system = Start::fresh().under(POLICY).at(noon).start().await;
    let mut outcomes = [0, 0];
    for (round, place) in PLACES.iter().cycle().take(PLACES.len() * 3).enumerate() {
        let asked = system.ask("raced", json!({ "round": round })).await;
        let Slow { gate, mut held } = system.slow();
        let decision = async {
            held.is_held().await;
            system.clock.advance(SignedDuration::from_secs(61));
            // It arrives before somebody looks, while they look, or afterwards.
            let look = says_expired(&system, &asked, place);
            match round / PLACES.len() {
                0 => {
                    held.release();
                    look.await
                }
                1 => tokio::join!(look, async { held.release() }).0,
                _ => {
                    let told = look.await;
                    held.release();
                    told
                }
            }
        };
        let (approved, told) = tokio::join!(approve(&gate, &asked.id, "user:jane@acme.com"), decision);
        let (now, context) = (system.poll(&asked.token).await["status"].clone(), format!("{place}, {round}"));
        outcomes[usize::from(now == "approved")] += 1;
        assert!(!told || now == "expired", "{context}: told that it expired, and it is {now}");
        match approved {
            Ok(approved) => assert!(approved && now == "approved", "{context}: {now}"),
            Err(Failure::Refused(Refusal::Expired)) => assert_eq!(now, "expired", "{context}"),
            Err(other) => panic!("{context}: {other}"),
        }
    }
    assert!(outcomes.iter().all(|count| *count >= PLACES.len()), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_not_sent_again_once_the_deadline_has_come() {
    let system = Start::fresh().under(POLICY).start().await;
    let asked = system.ask("brief", json!({})).await;
    let began = Instant::now();
    let Slow { gate, held } = system.failing();
    let decided = approve(&gate, &asked.id, "user:approver@localhost").await;
    assert!(matches!(decided, Err(Failure::Refused(Refusal::Expired))), "{decided:?}");
    let attempts = held.attempts();
    assert!(attempts.len() > 1, "it was tried again before");
    // A thousand attempts, 50 ms apart, would take 50 s; the deadline comes after one.
    assert!(attempts.iter().all(|at| *at <= began + Duration::from_secs(10)), "{:?}", attempts.last());
    assert_eq!(system.poll(&asked.token).await["status"], "expired");
}
