//! Two things at once, thousands of times: one outcome each, and agent, inbox, history and events agree on it.
//!
//! What is raced and who starts when comes from a seed; how the tasks then meet is up to the machine. The use cases are called as the
//! functions call them, since HTTP would be most of the time.

use crate::harness::{Start, System, body, rounds, told_of};
use app::ask::re_request_approval::{AskingAgain, re_request_approval, re_request_in_person};
use app::ask::request_approval::{Asking, request_approval};
use app::decide::cancel_approval::{cancel_approval, cancel_by_token};
use app::decide::decide_approval::{Verdict, decide_approval};
use app::decide::escalate_approval::escalate_approval;
use app::decide::expire_approval::expire_approval;
use app::look::read_approval::read_approval;
use app::notify::await_decision::read_decision;
use app::{Caller, Clock, Deciding, Failure};
use domain::approval::request::Ask;
use domain::digest::Digest;
use domain::{Applied, ApprovalId, Principal, Refusal, Role, Status, Workspace};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Batches of races of one kind: 2,250 races of all kinds before a release.
fn batches() -> u64 {
    rounds(6, 20)
}

/// Races at once.
const AT_ONCE: u64 = 25;

const POLICY: &str = r#"
limits: { createsPerMinute: 1000000 }
defaults: { superApprovers: ["user:jane@acme.com", "user:omar@acme.com", "slack:UPAT"] }
people: { jane: ["user:jane@acme.com"], omar: ["user:omar@acme.com"], pat: ["slack:UPAT"] }
actions:
  one: { timeoutSec: 60, approvers: { minApprovals: 1 }, allowParamOverrides: true, overrideKeys: [note], allowReRequest: true }
  two: { timeoutSec: 60, allowParamOverrides: true, overrideKeys: [note], approvers: { minApprovals: 2 } }
  raised: { timeoutSec: 60, approvers: { minApprovals: 1 }, escalation: { escalateBeforeSec: 30, escalateMinApprovals: 2 } }
"#;

/// Numbers that are the same in every run (SplitMix64).
struct Seed(u64);

impl Seed {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

/// A request, as races know it.
#[derive(Clone)]
struct Raced {
    gate: Deciding,
    id: ApprovalId,
    token: String,
    digest: Digest,
}

/// What the races of a kind came to.
#[derive(Default)]
struct Tally {
    ids: Vec<String>,
    histories: Vec<Vec<String>>,
    outcomes: std::collections::BTreeMap<String, usize>,
}

fn agent() -> Caller {
    let subject = Principal::parse("agent:demo").ok();
    Caller { workspace: Workspace::default_name(), subject, owner: None, roles: vec![Role::Agent] }
}

fn auditor() -> Caller {
    let subject = Principal::parse("user:audit@acme.com").ok();
    Caller { workspace: Workspace::default_name(), subject, owner: None, roles: vec![Role::Auditor] }
}

fn person(name: &str) -> Principal {
    Principal::parse(name).unwrap()
}

async fn host() -> System {
    Start::fresh().at(Clock::manual("2026-11-22T10:00:00Z".parse().unwrap())).under(POLICY).start().await
}

async fn ask(gate: &Deciding, action: &str) -> Raced {
    let body = body(action, json!({ "note": "first" }));
    let asking = Asking { ask: Ask::read(&body).unwrap(), body: b"", idempotency_key: None };
    let asked = request_approval(gate, &agent(), asking).await.unwrap();
    let (id, token, digest) = (asked.approval.id, asked.answer.token, asked.approval.digest);
    Raced { gate: gate.clone(), id, token, digest }
}

impl Raced {
    async fn decide(self, by: &str, verdict: Verdict) -> Result<Applied, Failure> {
        decide_approval(&self.gate, &Workspace::default_name(), &self.id, &person(by), &verdict).await
    }

    async fn approve(self, by: &str) -> Result<Applied, Failure> {
        let verdict = Verdict { approve: true, seen: Some(self.digest.clone()), ..Verdict::default() };
        self.decide(by, verdict).await
    }

    async fn edit(self, by: &str) -> Result<Applied, Failure> {
        let patch = json!({ "note": "edited" }).as_object().cloned();
        let verdict = Verdict { approve: true, seen: Some(self.digest.clone()), patch, ..Verdict::default() };
        self.decide(by, verdict).await
    }

    /// The wait answer and what the inbox shows, which must agree.
    async fn told(&self) -> (Value, Value) {
        let told = serde_json::to_value(read_decision(&self.gate, &self.token).await.unwrap()).unwrap();
        let inbox = serde_json::to_value(read_approval(&self.gate, &auditor(), &self.id).await.unwrap()).unwrap();
        let status = match told["status"].as_str().unwrap() {
            "ready_for_approval" => "pending",
            "expired" => "denied",
            ended => ended,
        };
        assert_eq!((&inbox["status"], &inbox["digest"]), (&json!(status), &told["digest"]), "{told} {inbox}");
        assert_eq!(inbox.get("denial_reason"), told.get("reasonCode"), "{told} {inbox}");
        assert_eq!(inbox.get("resolved_at"), told.get("decidedAt"), "{told} {inbox}");
        let last = inbox["history"].as_array().unwrap().last().unwrap();
        assert_eq!(last["seq"], told["seq"], "{told} {inbox}");
        (told, inbox)
    }
}

/// Starts both, each after a few turns of the scheduler; what came of them.
async fn race<A, B>(
    seed: &mut Seed,
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let (first, second) = (tokio::spawn(after(seed.below(12), one)), tokio::spawn(after(seed.below(12), other)));
    (first.await.unwrap(), second.await.unwrap())
}

async fn after<T>(turns: u64, what: impl Future<Output = T>) -> T {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    what.await
}

impl Tally {
    fn note(&mut self, raced: &Raced, inbox: &Value) {
        let history: Vec<String> = inbox["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| format!("approval.{}", e["event"].as_str().unwrap()))
            .collect();
        *self.outcomes.entry(history.join(" ")).or_default() += 1;
        self.ids.push(raced.id.to_string());
        self.histories.push(history);
    }

    /// One event for each change, no more and no less; and no outcome is one that never happens.
    async fn check(self, system: &System, mut events: tokio::sync::broadcast::Receiver<Value>, both: [&str; 2]) {
        system.settle().await;
        system.settle().await;
        let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        for (mut told, mut history) in told_of(&mut events, &ids).into_iter().zip(self.histories) {
            told.sort();
            history.sort();
            assert_eq!(told, history);
        }
        for word in both {
            let seen = self.outcomes.keys().any(|history| history.contains(word));
            assert!(seen, "in no race {word} was first: they do not meet. {:?}", self.outcomes);
        }
    }
}

/// Whether a loser's answer says that the approval has ended already.
fn too_late<T: std::fmt::Debug>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Refused(Refusal::InvalidState(_))))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_against_the_deadline_counts_or_is_too_late() {
    let system = host().await;
    let (events, mut tally) = (system.bus.listen(), Tally::default());
    for batch in 0..batches() {
        let all = join_all((0..AT_ONCE).map(|_| ask(&system.gate, "one"))).await;
        system.clock.advance(SignedDuration::from_millis(59_999));
        let clock = system.clock.clone();
        let turns = Seed(batch).below(200);
        let comes = tokio::spawn(after(turns, async move { clock.advance(SignedDuration::from_millis(1)) }));
        let races = all.iter().zip(0..).map(async |(raced, n)| {
            let mut seed = Seed(1_000 * batch + n);
            let (kind, decider, expirer) = (seed.below(3), raced.clone(), raced.clone());
            let decides = async move {
                match kind {
                    0 => decider.approve("user:jane@acme.com").await.map(|a| a.approval.status),
                    1 => decider.decide("user:jane@acme.com", Verdict::default()).await.map(|a| a.approval.status),
                    _ => cancel_by_token(&decider.gate, &decider.token, None).await.map(|_| Status::Denied),
                }
            };
            let expires = async move {
                // An expiry before the deadline fails and is tried again.
                while expire_approval(&expirer.gate, &Workspace::default_name(), &expirer.id).await.is_err() {
                    tokio::task::yield_now().await;
                }
            };
            race(&mut seed, after(8 * n, decides), expires).await.0
        });
        let results = join_all(races).await;
        comes.await.unwrap();
        for (raced, result) in all.iter().zip(results) {
            let (told, inbox) = raced.told().await;
            match result {
                Ok(status) => {
                    assert_eq!(told["status"], status.word());
                    assert!(told["decidedAt"].as_str() < inbox["expires_at"].as_str(), "{told}");
                }
                Err(Failure::Refused(Refusal::Expired)) => assert_eq!(told["status"], "expired"),
                Err(other) => panic!("{other}: {told}"),
            }
            assert_eq!(inbox["history"].as_array().unwrap().len(), 2, "{inbox}");
            tally.note(raced, &inbox);
        }
    }
    tally.check(&system, events, ["expired", "approved"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_taking_back_and_approving_one_counts_and_the_other_is_told() {
    let system = host().await;
    let (events, mut tally) = (system.bus.listen(), Tally::default());
    for batch in 0..batches() {
        let races = (0..AT_ONCE).map(async |n| {
            let mut seed = Seed(1_000 * batch + n);
            let raced = ask(&system.gate, "one").await;
            let (approver, canceller, by_key) = (raced.clone(), raced.clone(), seed.below(2) == 0);
            let cancels = async move {
                match by_key {
                    true => cancel_approval(&canceller.gate, &agent(), &canceller.id, None).await.map(drop),
                    false => cancel_by_token(&canceller.gate, &canceller.token, None).await.map(drop),
                }
            };
            let (approved, cancelled) = race(&mut seed, approver.approve("user:jane@acme.com"), cancels).await;
            (raced, approved, cancelled)
        });
        for (raced, approved, cancelled) in join_all(races).await {
            let (told, inbox) = raced.told().await;
            match told["status"].as_str().unwrap() {
                "approved" => assert!(approved.is_ok() && too_late(&cancelled), "{cancelled:?}"),
                _ => assert!(
                    cancelled.is_ok() && too_late(&approved) && told["reasonCode"] == "cancelled",
                    "{approved:?}"
                ),
            }
            assert_eq!(told["decisionParams"].is_object(), approved.is_ok());
            assert_eq!(inbox["history"].as_array().unwrap().len(), 2, "{inbox}");
            tally.note(&raced, &inbox);
        }
    }
    tally.check(&system, events, ["approved", "cancelled"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_edit_and_an_approval_nobody_approves_what_they_did_not_see() {
    let system = host().await;
    let (events, mut tally) = (system.bus.listen(), Tally::default());
    for batch in 0..batches() {
        let races = (0..AT_ONCE).map(async |n| {
            let mut seed = Seed(1_000 * batch + n);
            let quorum = seed.below(2) + 1;
            let raced = ask(&system.gate, if quorum == 1 { "one" } else { "two" }).await;
            let (edits, approves) =
                (raced.clone().edit("user:jane@acme.com"), raced.clone().approve("user:omar@acme.com"));
            let (edited, approved) = race(&mut seed, edits, approves).await;
            (raced, quorum, edited, approved)
        });
        for (raced, quorum, edited, approved) in join_all(races).await {
            let (mut told, mut inbox) = raced.told().await;
            if quorum == 1 {
                let (note, by) = if edited.is_ok() { ("edited", "jane") } else { ("first", "omar") };
                assert!(edited.is_ok() != approved.is_ok(), "{edited:?} {approved:?}");
                assert!(if edited.is_ok() { too_late(&approved) } else { too_late(&edited) });
                assert_eq!(told["approvers"], json!([format!("user:{by}@acme.com")]));
                assert_eq!((&told["status"], &told["decisionParams"]["note"]), (&json!("approved"), &json!(note)));
            } else {
                // An approval of what was is void, or comes too late: never does it count for what the editor made of it.
                edited.unwrap();
                assert!(matches!(approved, Ok(_) | Err(Failure::Refused(Refusal::Changed))), "{approved:?}");
                assert_eq!(told["approvers"], json!(["user:jane@acme.com"]), "{inbox}");
                assert_eq!((&inbox["status"], &inbox["approvals"]), (&json!("pending"), &json!(1)));
                let votes = inbox["history"].as_array().unwrap().len();
                assert_eq!(votes, if approved.is_ok() { 4 } else { 3 }, "{inbox}");
                let digest = Digest::claimed(inbox["digest"].as_str().unwrap());
                let again = Raced { digest, ..raced.clone() };
                assert_eq!(again.approve("user:omar@acme.com").await.unwrap().approval.status, Status::Approved);
                (told, inbox) = raced.told().await;
                assert_eq!(told["decisionParams"]["note"], "edited");
            }
            tally.note(&raced, &inbox);
        }
    }
    let voided = "approval.vote_cast approval.edited";
    tally.check(&system, events, [voided, "approval.requested approval.edited"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_against_an_escalation_is_enough_or_counts_towards_more() {
    let system = host().await;
    let (events, mut tally) = (system.bus.listen(), Tally::default());
    for batch in 0..batches() {
        let all = join_all((0..AT_ONCE).map(|_| ask(&system.gate, "raised"))).await;
        system.clock.advance(SignedDuration::from_secs(30));
        let races = all.iter().zip(0..).map(async |(raced, n)| {
            let mut seed = Seed(1_000 * batch + n);
            let escalator = raced.clone();
            let escalates =
                async move { escalate_approval(&escalator.gate, &Workspace::default_name(), &escalator.id).await };
            let (voted, escalated) = race(&mut seed, raced.clone().approve("user:jane@acme.com"), escalates).await;
            escalated.unwrap();
            voted.unwrap().approval
        });
        for (raced, voted) in all.iter().zip(join_all(races).await) {
            let (told, inbox) = raced.told().await;
            assert_eq!(told["status"], voted.status.word());
            let expected = if voted.status == Status::Approved { (2, 1) } else { (3, 2) };
            let found = (inbox["history"].as_array().unwrap().len(), inbox["required"].as_u64().unwrap());
            assert_eq!((found, &inbox["approvals"]), (expected, &json!(1)), "{inbox}");
            tally.note(raced, &inbox);
        }
    }
    tally
        .check(&system, events, ["approval.requested approval.approved", "approval.escalated approval.vote_cast"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_ask_again_at_once_ask_for_one_thing() {
    let system = host().await;
    let (events, mut tally) = (system.bus.listen(), Tally::default());
    let mut first_by = std::collections::BTreeSet::new();
    for batch in 0..batches() / 2 {
        let races = (0..AT_ONCE).map(async |n| {
            let mut seed = Seed(1_000 * batch + n);
            let raced = ask(&system.gate, "one").await;
            raced.clone().decide("user:jane@acme.com", Verdict::default()).await.unwrap();
            let in_person = seed.below(2) == 0;
            let ask_again = |raced: Raced, in_person: bool, actor: &'static str| async move {
                let again = AskingAgain { original: raced.id.clone(), actor: person(actor), traceparent: None };
                let workspace = Workspace::default_name();
                let asked = match in_person {
                    true => {
                        re_request_in_person(&raced.gate, &workspace, &raced.id, &person("slack:T1/UPAT"), None).await
                    }
                    false => re_request_approval(&raced.gate, &agent(), &again, None).await,
                };
                serde_json::to_string(&asked.unwrap().answer).unwrap()
            };
            let one = ask_again(raced.clone(), in_person, "slack:UPAT");
            let other = ask_again(raced.clone(), false, "user:omar@acme.com");
            let (one, other) = race(&mut seed, one, other).await;
            assert_eq!(one, other, "both are answered the same, to the byte");
            (raced, serde_json::from_str::<Value>(&one).unwrap())
        });
        for (raced, child) in join_all(races).await {
            let (told, inbox) = raced.told().await;
            assert_eq!(told["supersededBy"]["requestId"], child["requestId"]);
            assert_eq!(told["supersededBy"]["token"], child["token"]);
            assert_eq!((&inbox["superseded_by"], inbox["history"].as_array().unwrap().len()), (&child["requestId"], 3));
            tally.note(&raced, &inbox);
            let (id, token) =
                (ApprovalId::parse(child["requestId"].as_str().unwrap()).unwrap(), child["token"].as_str().unwrap());
            let child = Raced { id, token: token.to_owned(), ..raced.clone() };
            let (told, shown) = child.told().await;
            assert_eq!((&told["seq"], &shown["supersedes"]), (&json!(1), &json!(raced.id)));
            tally.note(&child, &shown);
            first_by.insert(inbox["history"][2]["by"].to_string());
        }
    }
    assert!(first_by.len() > 1, "the same one is always first: {first_by:?}");
    tally.check(&system, events, ["re_requested", "requested"]).await;
}
