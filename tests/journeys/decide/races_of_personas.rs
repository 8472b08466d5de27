//! A persona is added to the policy while people decide: from then on nothing is approved that it has not acknowledged.
//!
//! Who starts when comes from a seed; how the tasks then meet is up to the machine. The use cases are called as the functions call them.

use crate::harness::{Start, System, body};
use app::ask::request_approval::{Asking, request_approval};
use app::decide::acknowledge_persona::acknowledge_persona;
use app::decide::decide_approval::{Verdict, decide_approval};
use app::notify::await_decision::read_decision;
use app::settings::replace_policy::{Expecting, replace_policy};
use app::{Caller, Deciding, Failure, Gate};
use domain::approval::request::Ask;
use domain::digest::Digest;
use domain::{Applied, ApprovalId, Event, Principal, Refusal, Role, Status, Workspace};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const ROUNDS: u64 = 150;

const BEFORE: &str = r#"
limits: { createsPerMinute: 1000000 }
personas: { security: ["user:sec@acme.com"] }
actions:
  race: { approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
"#;

fn after() -> String {
    BEFORE.replace("minApprovals: 2 }", "minApprovals: 2 }, requiredPersonas: [security]")
}

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

fn caller(subject: &str, role: Role) -> Caller {
    let subject = Principal::parse(subject).ok();
    Caller { workspace: Workspace::default_name(), subject, owner: None, roles: vec![role] }
}

async fn put(gate: &Gate, text: String) {
    replace_policy(gate, &caller("user:admin@localhost", Role::Admin), text, Expecting::Anything).await.unwrap();
}

/// A request, and whether the stricter policy is in force for sure.
#[derive(Clone)]
struct Raced {
    gate: Deciding,
    id: ApprovalId,
    token: String,
    digest: Digest,
    in_force: Arc<AtomicBool>,
}

impl Raced {
    async fn ask(gate: &Deciding) -> Self {
        let body = body("race", json!({}));
        let asking = Asking { ask: Ask::read(&body).unwrap(), body: b"", idempotency_key: None };
        let asked = request_approval(gate, &caller("agent:demo", Role::Agent), asking).await.unwrap();
        let (id, token, digest) = (asked.approval.id, asked.answer.token, asked.approval.digest);
        Self { gate: gate.clone(), id, token, digest, in_force: Arc::default() }
    }

    async fn replace(self, turns: u64) {
        wait(turns).await;
        put(&self.gate, after()).await;
        self.in_force.store(true, Ordering::SeqCst);
    }

    /// What came of an approval, and whether the stricter policy was in force before it began.
    async fn approve(self, who: &str, turns: u64) -> (bool, Result<Applied, Failure>) {
        wait(turns).await;
        let late = self.in_force.load(Ordering::SeqCst);
        let verdict = Verdict { approve: true, seen: Some(self.digest.clone()), ..Verdict::default() };
        let by = Principal::parse(who).unwrap();
        (late, decide_approval(&self.gate, &Workspace::default_name(), &self.id, &by, &verdict).await)
    }

    async fn acknowledge(self, turns: u64) -> Result<Applied, Failure> {
        wait(turns).await;
        let (by, security) = (Principal::parse("user:sec@acme.com").unwrap(), ["security".to_owned()]);
        acknowledge_persona(&self.gate, &Workspace::default_name(), &self.id, &by, &security, &self.digest).await
    }

    async fn status(&self) -> &'static str {
        read_decision(&self.gate, &self.token).await.unwrap().status
    }
}

async fn wait(turns: u64) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

fn refused<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(Failure::Refused(Refusal::InvalidState(why))) if why.contains("security must acknowledge"))
}

/// Whether the approval was approved although nobody had acknowledged.
fn slipped(applied: &Applied) -> bool {
    let acked = applied.approval.history.iter().any(|e| e.event == Event::PersonaAcked);
    applied.approval.status == Status::Approved && !acked
}

/// One race; whether the first vote came before the policy, and whether all of it did.
async fn race(system: &System, round: u64) -> (bool, bool) {
    put(&system.gate, BEFORE.to_owned()).await;
    let raced = Raced::ask(&system.gate).await;
    let mut seed = Seed(round);
    let replaced = tokio::spawn(raced.clone().replace(seed.below(40)));
    let jane = tokio::spawn(raced.clone().approve("user:jane@acme.com", seed.below(40)));
    let omar = tokio::spawn(raced.clone().approve("user:omar@acme.com", seed.below(80)));
    let acks = (seed.below(3) == 0).then(|| tokio::spawn(raced.clone().acknowledge(seed.below(80))));
    replaced.await.unwrap();
    let decided = [jane.await.unwrap(), omar.await.unwrap()];
    let acked = match acks {
        Some(acks) => acks.await.unwrap().is_ok(),
        None => false,
    };
    for (late, result) in &decided {
        assert!(!late || !result.as_ref().is_ok_and(slipped), "round {round}: approved under the stricter policy");
        assert!(result.is_ok() || refused(result), "round {round}: {result:?}");
    }
    let voted = decided.iter().any(|(_, result)| result.is_ok());
    if raced.status().await == "approved" {
        return (voted, true);
    }
    // From here on the stricter policy is in force: the missing personas must acknowledge first, whatever the votes are.
    if !acked {
        let (_, early) = raced.clone().approve("user:omar@acme.com", 0).await;
        let repeated = early.as_ref().is_ok_and(|applied| applied.approval.status != Status::Approved);
        assert!(refused(&early) || repeated, "round {round}: {early:?}");
        raced.clone().acknowledge(0).await.unwrap();
    }
    for who in ["user:jane@acme.com", "user:omar@acme.com"] {
        let (_, result) = raced.clone().approve(who, 0).await;
        assert!(result.is_ok(), "round {round}: {result:?}");
    }
    assert_eq!(raced.status().await, "approved", "round {round}");
    let end = system.gate.store.get_approval(&Workspace::default_name(), &raced.id).await.unwrap().unwrap();
    let place = |event| end.history.iter().position(|e| e.event == event).unwrap_or_else(|| panic!("{end:?}"));
    assert!(place(Event::PersonaAcked) < place(Event::Approved), "round {round}");
    assert_eq!((end.acks.len(), end.votes.len()), (1, 2), "round {round}");
    (voted, false)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_added_while_people_decide_is_asked_before_anything_is_approved() {
    let system = Start::fresh().under(BEFORE).start().await;
    let mut seen = [0; 3];
    for round in 0..ROUNDS {
        match race(&system, round).await {
            (_, true) => seen[0] += 1,
            (true, false) => seen[1] += 1,
            (false, false) => seen[2] += 1,
        }
    }
    assert!(seen[1] > 0 && seen[2] > 0, "votes and policy do not meet: {seen:?}");
    system.stop().await;
}
