//! The state machine, whole: every status against every command, as one page to read.

use domain::apply::authority::Law;
use domain::apply::command::{Decision, Edit};
use domain::apply::rulings::Rulings;
use domain::approval::request::{Admission, Ask, request};
use domain::approval::{Ack, Execution, ExecutionStatus, Vote};
use domain::digest::Digest;
use domain::policy::Ruling;
use domain::{Approval, ApprovalId, Command, Event, Policy, Principal, Status, Timestamp, Workspace, apply};
use jiff::SignedDuration;
use serde_json::json;

const POLICY: &str = r#"
personas: { security: ["user:sec@acme.com", "user:kim@acme.com"] }
defaults: { superApprovers: ["user:root@acme.com", "user:kim@acme.com"] }
actions:
  plain: { approvers: { anyOf: ["user:jane@acme.com"] } }
  persona: { approvers: { anyOf: ["user:jane@acme.com"] }, requiredPersonas: [security] }
  quorum: { approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
"#;

fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn who(email: &str) -> Principal {
    Principal::parse(&format!("user:{email}@acme.com")).unwrap()
}

fn ask(policy: &Policy, action: &str) -> Approval {
    let params = json!({ "to": "a" }).as_object().cloned().unwrap();
    let ask = Ask { action: action.into(), justification: "because".into(), ..Ask::default() };
    let admission = Admission {
        id: ApprovalId::from_bits([1; 16]),
        workspace: Workspace::default_name(),
        asked_by: Principal::parse("agent:demo").unwrap(),
        // Kim may do everything, but for agreeing to what her own agent asks.
        owner: Some(who("kim")),
        policy,
        ruling: Ruling { pattern: action.into(), ..Ruling::default() },
        fields: policy.find(action).unwrap().rule,
        digest: Digest::of(action, "n", &params),
        view: params,
        sealed: None,
        token_number: 1,
        token_hash: "hash".into(),
        fingerprint: "print".into(),
        agent_timeout_sec: Some(600),
        lineage: None,
    };
    request(ask, admission, start())
}

/// What a decision on an approval needs; the rulings live as long as the test.
fn law<'a>(snapshot: &'a Policy, current: &'a Policy, approval: &Approval) -> Law<'a> {
    let rulings = Box::leak(Box::new(Rulings::on(
        approval,
        (&approval.params, approval.asked_params().as_ref()),
        snapshot,
        current,
    )));
    Law { snapshot, current, rulings, teams: &[], guests: &[] }
}

/// A name, and the command it stands for under a policy, for an approval.
fn commands<'a>(policy: &'a Policy, approval: &Approval) -> Vec<(&'static str, Command<'a>)> {
    let law = law(policy, policy, approval);
    let by = |name: &str| Decision { by: who(name), seen: None, comment: None, law };
    let edit = Edit {
        view: json!({ "to": "b" }).as_object().cloned().unwrap(),
        sealed: None,
        digest: Digest::claimed("sha256:edited"),
        title: "edited".into(),
        keys: vec!["to".into()],
    };
    let outcome = Execution { status: ExecutionStatus::Succeeded, attempts: None, status_code: None, result: None };
    let agent = Principal::parse("agent:demo").unwrap();
    let again = |allowed, cooldown_sec| Command::Supersede {
        by: agent.clone(),
        claimed: None,
        child: ApprovalId::from_bits([2; 16]),
        allowed,
        cooldown_sec,
    };
    vec![
        ("acknowledge", Command::Acknowledge { decision: by("sec"), personas: vec!["security".into()] }),
        ("approve (jane)", Command::Approve { decision: by("jane"), edit: None }),
        ("approve (root)", Command::Approve { decision: by("root"), edit: None }),
        ("approve (eve)", Command::Approve { decision: by("eve"), edit: None }),
        (
            "approve (stale)",
            Command::Approve { decision: Decision { seen: Some(Digest::claimed("old")), ..by("root") }, edit: None },
        ),
        ("edit and approve", Command::Approve { decision: by("root"), edit: Some(edit) }),
        ("deny", Command::Deny { decision: by("root") }),
        ("deny (eve)", Command::Deny { decision: by("eve") }),
        ("acknowledge (own)", Command::Acknowledge { decision: by("kim"), personas: vec!["security".into()] }),
        ("approve (own)", Command::Approve { decision: by("kim"), edit: None }),
        ("deny (own)", Command::Deny { decision: by("kim") }),
        ("cancel", Command::Cancel { by: Some(agent.clone()), reason: None }),
        ("expire", Command::Expire),
        ("escalate to 2", Command::Escalate { required: Some(2), note: None }),
        ("delivery failed", Command::FailDelivery { reason: "nobody".into() }),
        ("re-request", again(true, 0)),
        ("re-request (forbidden)", again(false, 0)),
        ("re-request (too soon)", again(true, 90)),
        ("execution reported", Command::ReportExecution { by: Some(agent.clone()), outcome, fingerprint: None }),
    ]
}

/// The approval in each state it can be in, and the instant it is looked at.
fn states(policy: &Policy) -> Vec<(&'static str, Approval, Timestamp)> {
    let soon = start() + SignedDuration::from_secs(60);
    let late = start() + SignedDuration::from_secs(600);
    let decision = |name: &str, approval: &Approval| Decision {
        by: who(name),
        seen: None,
        comment: None,
        law: law(policy, policy, approval),
    };
    let after = |approval: &Approval, command: Command<'_>, now| apply(approval, command, now).unwrap().approval;
    let plain = ask(policy, "plain");
    let persona = ask(policy, "persona");
    let quorum = ask(policy, "quorum");
    let voted = after(&quorum, Command::Approve { decision: decision("jane", &quorum), edit: None }, soon);
    let approved = after(&plain, Command::Approve { decision: decision("jane", &plain), edit: None }, soon);
    let denied = after(&plain, Command::Deny { decision: decision("jane", &plain) }, soon);
    let cancelled = after(&plain, Command::Cancel { by: None, reason: None }, soon);
    let expired = after(&plain, Command::Expire, late);
    let undelivered = after(&plain, Command::FailDelivery { reason: "nobody".into() }, soon);
    vec![
        ("awaiting_personas", persona, soon),
        ("ready_for_approval", plain.clone(), soon),
        ("ready, one of two votes", voted, soon),
        ("open, at its deadline", plain, late),
        ("approved", approved, soon),
        ("denied", denied, soon),
        ("cancelled", cancelled, soon),
        ("expired", expired, late),
        ("delivery failed", undelivered, soon),
    ]
}

#[test]
fn the_grid_of_every_status_against_every_command() {
    let policy = Policy::parse(POLICY).unwrap();
    let mut page = String::new();
    for (state, approval, now) in states(&policy) {
        page += &format!("\n{state}\n");
        for (name, command) in commands(&policy, &approval) {
            let outcome = match apply(&approval, command, now) {
                Err(refusal) => format!("refused: {refusal}"),
                Ok(applied) if applied.approval == approval => "nothing changes".into(),
                Ok(applied) => {
                    let events: Vec<&str> = applied.events.iter().map(|e| e.word()).collect();
                    format!("→ {} ({})", applied.approval.status.word(), events.join(", "))
                }
            };
            page += &format!("  {name:<24} {outcome}\n");
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn a_refusal_and_a_repeat_leave_the_version_alone_and_every_other_change_counts_its_events() {
    let policy = Policy::parse(POLICY).unwrap();
    for (state, approval, now) in states(&policy) {
        for (name, command) in commands(&policy, &approval) {
            if let Ok(applied) = apply(&approval, command, now) {
                let told = applied.events.len() as u64;
                assert_eq!(applied.approval.version, approval.version + told, "{state}: {name}");
                assert_eq!(applied.approval.history.last().unwrap().seq, applied.approval.version, "{state}: {name}");
            }
        }
    }
}

#[test]
fn a_history_keeps_its_first_entry_and_the_newest_hundred() {
    let policy = Policy::parse(POLICY).unwrap();
    let mut approval = ask(&policy, "quorum");
    for round in 0..150 {
        let name = if round % 2 == 0 { "jane" } else { "omar" };
        let edit = Edit {
            view: approval.params.clone(),
            sealed: None,
            digest: Digest::claimed(&format!("sha256:{round}")),
            title: "edited".into(),
            keys: vec!["to".into()],
        };
        let law = law(&policy, &policy, &approval);
        let decision = Decision { by: who(name), seen: None, comment: None, law };
        approval = apply(&approval, Command::Approve { decision, edit: Some(edit) }, start()).unwrap().approval;
    }
    assert_eq!(approval.history.len(), 100);
    assert_eq!(approval.history.first().unwrap().seq, 1);
    assert_eq!(approval.history.last().unwrap().seq, approval.version);
    assert_eq!(approval.votes.len(), 1, "an edit voids every earlier vote");
}

/// An approval that `asked` was in force for, looked at under `now`, and what Jane's other identity makes of it by approving.
fn approved_under(asked: &str, now: &str, votes: &[&str], acks: &[&str]) -> (Approval, domain::Applied) {
    let [snapshot, current] = [asked, now].map(|text| Policy::parse(text).unwrap());
    let mut approval = ask(&snapshot, "two");
    approval.votes.extend(votes.iter().map(|name| Vote { by: who(name), at: start(), guest: false }));
    let ack = |name: &&str| Ack { persona: "security".into(), by: who(name), at: start(), guest: false };
    approval.acks.extend(acks.iter().map(ack));
    approval.status = Status::ReadyForApproval;
    let law = law(&snapshot, &current, &approval);
    let decision = Decision { by: who("jane2"), seen: None, comment: None, law };
    let applied = apply(&approval, Command::Approve { decision, edit: None }, start()).unwrap();
    (approval, applied)
}

const TWO: &str = r#"
people: { jane: ["user:jane@acme.com", "user:jane2@acme.com"] }
personas: { security: ["user:sec@acme.com", "user:sam@acme.com"] }
actions:
  two: { approvers: { anyOf: ["user:jane@acme.com", "user:jane2@acme.com", "user:omar@acme.com"], minApprovals: 2 }, requiredPersonas: [security] }
"#;

#[test]
fn a_repeat_writes_nothing_where_an_acknowledgement_no_longer_counts() {
    let without_sec = TWO.replace(r#""user:sec@acme.com", "#, "");
    let (before, applied) = approved_under(TWO, &without_sec, &["jane", "omar"], &["sec"]);
    assert_eq!((applied.approval, applied.events), (before, vec![]));
    let (before, applied) = approved_under(TWO, TWO, &["jane", "omar"], &["sec"]);
    assert_eq!(applied.approval.status, Status::Approved);
    assert_eq!(applied.approval.version, before.version + 1, "what is written counts up");
}

#[test]
fn a_repeat_approves_where_a_persona_is_no_longer_required_and_says_so() {
    let stricter = TWO
        .replace("[security]", "[security, legal]")
        .replace("personas: {", r#"personas: { legal: ["user:lea@acme.com"],"#);
    let [asked, stricter] = [TWO, &stricter].map(|text| Policy::parse(text).unwrap());
    let mut approval = ask(&asked, "two");
    let adopt = Command::Adopt { law: law(&asked, &stricter, &approval) };
    approval = apply(&approval, adopt, start()).unwrap().approval;
    assert_eq!(approval.personas.len(), 2);
    approval.votes.extend(["jane", "omar"].map(|name| Vote { by: who(name), at: start(), guest: false }));
    approval.acks.push(Ack { persona: "security".into(), by: who("sec"), at: start(), guest: false });
    let law = law(&asked, &asked, &approval);
    let decision = Decision { by: who("jane"), seen: None, comment: None, law };
    let applied = apply(&approval, Command::Approve { decision, edit: None }, start()).unwrap();
    assert_eq!(applied.approval.status, Status::Approved);
    assert_eq!(applied.events.len() as u64, applied.approval.version - approval.version);
}

#[test]
fn who_voted_under_an_identity_that_no_longer_counts_may_vote_under_one_that_does() {
    let without_jane = TWO.replace(r#"anyOf: ["user:jane@acme.com", "#, "anyOf: [");
    let (_, applied) = approved_under(TWO, &without_jane, &["jane"], &["sec"]);
    let votes: Vec<&Principal> = applied.approval.votes.iter().map(|vote| &vote.by).collect();
    assert_eq!((votes, applied.events), (vec![&who("jane2")], vec![Event::VoteCast]));
    let (before, applied) = approved_under(TWO, TWO, &["jane"], &["sec"]);
    assert_eq!(applied.approval, before, "she has approved");
}
