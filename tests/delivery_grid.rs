//! Every state of a card against every answer of a vendor: one page that says what follows.

use domain::approval::request::{Admission, Ask, request};
use domain::delivery::plan::{Todo, todo};
use domain::delivery::step::{Attempt, Effect, Outcome, Told, after, after_sending};
use domain::delivery::{Address, Behind, Delivery};
use domain::digest::Digest;
use domain::policy::Ruling;
use domain::{Approval, ApprovalId, Command, Policy, Principal, Timestamp, Workspace, apply};
use jiff::SignedDuration;
use serde_json::json;

fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn asked() -> Approval {
    let policy = Policy::parse("actions: { plain: { approvers: { anyOf: [\"user:jane@acme.com\"] } } }").unwrap();
    let params = json!({ "to": "a" }).as_object().cloned().unwrap();
    let admission = Admission {
        id: ApprovalId::from_bits([1; 16]),
        workspace: Workspace::default_name(),
        asked_by: Principal::parse("agent:demo").unwrap(),
        owner: None,
        policy: &policy,
        ruling: Ruling { pattern: "plain".into(), ..Ruling::default() },
        fields: policy.find("plain").unwrap().rule,
        digest: Digest::of("plain", "n", &params),
        view: params,
        sealed: None,
        token_number: 1,
        token_hash: "hash".into(),
        fingerprint: "print".into(),
        agent_timeout_sec: Some(36_000),
        lineage: None,
    };
    request(Ask { action: "plain".into(), justification: "why".into(), ..Ask::default() }, admission, start())
}

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

/// The states of a card, at the start.
fn cards() -> Vec<(&'static str, Delivery)> {
    let new = Delivery { connector: "ac_1".into(), ..Delivery::default() };
    let out = Delivery { channel: Some("C0123".into()), ts: Some("1.0".into()), shown: 0, ..new.clone() };
    let failed = |failures| Delivery { failures, not_before: Some(start()), ..new.clone() };
    let behind = |failures, version| Delivery {
        failures,
        behind: Some(Behind { version, until: Some(start()) }),
        ..out.clone()
    };
    vec![
        ("new", new.clone()),
        ("failed once", failed(1)),
        ("failed seven times", failed(7)),
        ("given up", failed(8)),
        ("in line", Delivery { in_line: true, held_off: 1, not_before: Some(start()), ..new.clone() }),
        ("must wait", Delivery { not_before: Some(start() + seconds(60)), ..new.clone() }),
        ("refused", Delivery { refused: true, ..new.clone() }),
        ("deleted once", Delivery { removed: Some("1.0".into()), ..new }),
        ("out, older", out.clone()),
        ("out, current", Delivery { shown: 1, ..out.clone() }),
        ("out, could not be updated", behind(1, 1)),
        ("out, could not be updated to an older version", behind(8, 0)),
        ("out, in line", Delivery { in_line: true, held_off: 2, ..out.clone() }),
        ("out, deleted once", Delivery { removed: Some("0.9".into()), ..out }),
    ]
}

fn answers() -> Vec<(&'static str, Outcome)> {
    let there = Address { channel: Some("C0123".into()), ts: Some("2.0".into()), ..Address::default() };
    vec![
        ("shown", Outcome::Shown(there)),
        ("429", Outcome::TooMany(None)),
        ("429, after 0 s", Outcome::TooMany(Some(seconds(0)))),
        ("429, after 1 s", Outcome::TooMany(Some(seconds(1)))),
        ("429, after 20 s", Outcome::TooMany(Some(seconds(20)))),
        ("failed", Outcome::Failed(None)),
        ("failed, after 1 s", Outcome::Failed(Some(seconds(1)))),
        ("failed, after 20 s", Outcome::Failed(Some(seconds(20)))),
        ("refused", Outcome::Refused { gone: false }),
        ("gone", Outcome::Refused { gone: true }),
        ("deleted", Outcome::Removed),
    ]
}

fn at(when: Timestamp) -> String {
    format!("+{:.1} s", when.duration_since(start()).as_secs_f64())
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::TryAgain(wait) => format!("tries again here after {} s", wait.as_secs_f64()),
        Effect::LookAgain(when) => format!("a timer at {}", at(*when)),
        Effect::StandInLine(from) => format!("a turn not before {}", at(*from)),
        Effect::Close { until, .. } => format!("others wait until {}", at(*until)),
        Effect::GiveUp => "a dead letter".into(),
        Effect::Disable => "the connector is disabled".into(),
    }
}

/// What is left in a delivery that matters for what follows.
fn state(delivery: &Delivery) -> String {
    let mut all = vec![if delivery.is_out() { format!("out, shows {}", delivery.shown) } else { "not out".into() }];
    all.extend((delivery.failures > 0).then(|| format!("{} failed", delivery.failures)));
    all.extend((delivery.held_off > 0).then(|| format!("{} held off", delivery.held_off)));
    all.extend(delivery.in_line.then(|| "in line".into()));
    all.extend(delivery.refused.then(|| "refused".into()));
    all.extend(delivery.removed.as_ref().map(|_| "deleted before".into()));
    all.extend(delivery.not_before.map(|when| format!("not before {}", at(when))));
    let behind = |b: Behind| match b.until {
        Some(until) => format!("version {} again at {}", b.version, at(until)),
        None => format!("version {} never", b.version),
    };
    all.extend(delivery.behind.map(behind));
    all.join(", ")
}

#[test]
fn the_grid_of_every_card_against_every_answer() {
    let open = asked();
    let ended = apply(&open, Command::Cancel { by: None, reason: None }, start()).unwrap().approval;
    let mut page = String::new();
    for (name, approval) in [("open", &open), ("ended", &ended)] {
        for (card, delivery) in cards() {
            let todo = todo(&delivery, approval, start());
            page += &format!("\n{name}; {card}: {todo:?}\n");
            // Nobody is called otherwise.
            let called = matches!(todo, Todo::Post | Todo::Update);
            for (answer, outcome) in answers().into_iter().filter(|_| called) {
                let (next, effects) =
                    after(&delivery, Attempt { approval, outcome: &outcome, finds_out: false, now: start() });
                let effects: Vec<String> = effects.iter().map(effect).collect();
                let then = if effects.is_empty() { String::new() } else { format!("; {}", effects.join("; ")) };
                page += &format!("  {answer:<20} → {}{then}\n", state(&next));
            }
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn what_is_told_to_a_machine_is_told_again_in_seconds_then_in_minutes_and_then_no_more() {
    let approval = asked();
    let mut delivery = Delivery { connector: "callback".into(), ..Delivery::default() };
    let (mut now, mut waits) = (start(), Vec::new());
    loop {
        let failed = Outcome::Failed(None);
        let (next, told) =
            after_sending(&delivery, Attempt { approval: &approval, outcome: &failed, finds_out: false, now });
        delivery = next;
        let Told::Again(at) = told else { break assert_eq!(told, Told::GivenUp) };
        waits.push(at.duration_since(now).as_secs_f64().round());
        now = at;
    }
    let nominal = [1.0, 4.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0];
    assert_eq!(waits.len(), nominal.len());
    for (wait, nominal) in waits.iter().zip(nominal) {
        assert!((wait - nominal).abs() <= nominal / 10.0 + 1.0, "{wait} for {nominal}");
    }
    let taken = Outcome::Shown(Address::default());
    let (_, told) = after_sending(&delivery, Attempt { approval: &approval, outcome: &taken, finds_out: false, now });
    assert_eq!(told, Told::Taken);
}

#[test]
fn who_finds_out_for_the_others_keeps_them_waiting_for_a_minute_until_its_own_rounds_say_more() {
    let approval = asked();
    let closed = |failures, asked| {
        let delivery = Delivery { connector: "ac_1".into(), failures, ..Delivery::default() };
        let attempt = Attempt { approval: &approval, outcome: &Outcome::Failed(asked), finds_out: true, now: start() };
        match after(&delivery, attempt).1.as_slice() {
            [Effect::Close { until, decides: true }] => until.duration_since(start()).as_secs(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((closed(1, None), closed(1, Some(seconds(600)))), (60, 600));
    assert!((13..=17).contains(&closed(2, None)), "fifteen seconds, a tenth more or less");
    assert_eq!(closed(5, None), 60, "a minute at most");
}
