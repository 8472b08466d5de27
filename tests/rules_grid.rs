//! Rules inside an action, as a page: what a policy says of each request, and what a decision under two policies demands.

use conditions::{Facts, OriginFacts, RequesterFacts};
use domain::Policy;
use domain::policy::{Effect, Ruling};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const REFUNDS: &str = r#"
people: { jane: ["user:jane@acme.com"], omar: ["user:omar@acme.com"] }
defaults: { superApprovers: ["user:root@acme.com"] }
actions:
  payments.refund:
    approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"] }
    timeoutSec: 600
    rules:
      - { name: small, when: 'params.amount <= 50 && params.currency == "EUR"', effect: allow }
      - { name: sanctioned, when: 'has(params.country) && params.country in ["KP", "IR"]', effect: deny, reason: Refunds to this country are not allowed. }
      - { name: large, when: params.amount > 1000, severity: critical, timeoutSec: 60, approvers: { anyOf: ["user:jane@acme.com", "user:omar@acme.com"], minApprovals: 2 } }
      - { name: watched, when: params.amount > 500, effect: deny, mode: shadow }
  payments.strict:
    approvers: { anyOf: ["user:jane@acme.com"] }
    rules: [{ name: sanctioned, when: 'params.country in ["KP"]', effect: deny }]
  "fs.read*": { effect: allow }
  fs.read.home:
    effect: allow
    rules: [{ name: secrets, when: 'params.path.startsWith("/home/me/.ssh")', approvers: { anyOf: ["user:jane@acme.com"] } }]
  fs.write:
    effect: deny
    rules: [{ name: temporary, when: 'params.path.startsWith("/tmp/")', effect: allow }]
"#;

fn judge(policy: &Policy, action: &str, params: &Value) -> Ruling {
    let none = Map::new();
    let facts = Facts {
        action,
        params: params.as_object().unwrap_or(&none),
        agent: "demo",
        workspace: "default",
        requester: RequesterFacts { id: "demo", source: "agent", display: None },
        origin: OriginFacts { repo: "acme/shop", branch: None, pr: None, run_id: None },
        justification: "why",
        now: "2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap(),
        calendars: &policy.calendars,
    };
    policy.judge(&facts).unwrap()
}

#[test]
fn what_a_policy_says_of_each_request() {
    let policy = Policy::parse(REFUNDS).unwrap();
    let requests = [
        ("payments.refund", json!({ "amount": 50, "currency": "EUR" })),
        ("payments.refund", json!({ "amount": 50.0, "currency": "EUR" })),
        ("payments.refund", json!({ "amount": 50.01, "currency": "EUR" })),
        ("payments.refund", json!({ "amount": 50, "currency": "USD" })),
        ("payments.refund", json!({ "amount": 1000, "currency": "USD" })),
        ("payments.refund", json!({ "amount": 1001, "currency": "USD" })),
        ("payments.refund", json!({ "amount": 10, "currency": "EUR", "country": "KP" })),
        ("payments.refund", json!({ "amount": "10", "currency": "EUR" })),
        ("payments.refund", json!({ "currency": "EUR" })),
        ("payments.refund", json!({})),
        ("payments.strict", json!({ "country": "DE" })),
        ("payments.strict", json!({ "country": "KP" })),
        ("payments.strict", json!({})),
        ("fs.read", json!({ "path": "/etc/hosts" })),
        ("fs.read.home", json!({ "path": "/home/me/notes" })),
        ("fs.read.home", json!({ "path": "/home/me/.ssh/id" })),
        ("fs.read.home", json!({ "path": 7 })),
        ("fs.write", json!({ "path": "/tmp/x" })),
        ("fs.write", json!({ "path": "/etc/passwd" })),
        ("fs.write", json!({})),
    ];
    let mut page = String::new();
    for (action, params) in &requests {
        let ruling = judge(&policy, action, params);
        page += &format!("{action} {params}\n    {}\n", said(&policy, &ruling));
    }
    insta::assert_snapshot!(page);
}

fn said(policy: &Policy, ruling: &Ruling) -> String {
    let rule = ruling.rule.as_deref().map(|rule| format!(" by {rule}")).unwrap_or_default();
    let reason = ruling.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let failed = ruling.failed.as_ref().map(|failed| format!(" [{}: {}]", failed.rule, failed.why)).unwrap_or_default();
    let shadow: Vec<String> =
        ruling.shadow.iter().map(|shadow| format!(" ({} would {})", shadow.rule, shadow.effect.word())).collect();
    let fields = ruling.fields(policy).filter(|_| ruling.effect == Effect::Ask);
    let asks = fields.map(|fields| {
        format!(", {} of {:?}, {:?} s", fields.min_approvals, fields.approvers.len(), fields.timeout_sec)
    });
    format!("{}{rule}{}{reason}{failed}{}", ruling.effect.word(), asks.unwrap_or_default(), shadow.concat())
}

#[test]
fn a_rule_overrides_the_fields_that_it_names_and_no_others() {
    let policy = Policy::parse(REFUNDS).unwrap();
    let ruling = judge(&policy, "payments.refund", &json!({ "amount": 2000, "currency": "EUR" }));
    let fields = ruling.fields(&policy).unwrap();
    assert_eq!((ruling.rule.as_deref(), fields.min_approvals), (Some("large"), 2));
    assert_eq!((fields.severity, fields.timeout_sec), (Some("critical"), Some(60)));
}

const FAULTY: &str = r#"
calendars: { office: { timezone: Europe/Nowhere, days: [monday], from: "9", to: "25:00" } }
actions:
  a:
    approvers: { anyOf: ["user:jane@acme.com"] }
    rules:
      - { name: "two words", when: 'params.x ==' }
      - { name: once, effect: allow, approvers: { anyOf: ["user:jane@acme.com"] } }
      - { name: once, reason: because, typo: 1 }
      - { when: 'during("office") && nobody', effect: maybe, mode: loud }
  b: { effect: allow, approvers: { anyOf: ["user:jane@acme.com"] } }
  c: { effect: allow, rules: [{ name: asks, when: 'params.x == 1' }] }
"#;

#[test]
fn every_fault_of_a_rule_is_named_with_its_line() {
    let faults: Vec<String> = Policy::parse(FAULTY).unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(faults.join("\n"));
}

/// A rule of a random policy: its condition on `params.x`, which may be missing, and what it does.
#[derive(Clone, Debug)]
struct Drawn {
    x: u8,
    effect: Effect,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let effect = prop_oneof![Just(Effect::Allow), Just(Effect::Ask), Just(Effect::Deny)];
    (0..3_u8, effect).prop_map(|(x, effect)| Drawn { x, effect })
}

fn policy(own: Effect, rules: &[Drawn]) -> Policy {
    let jane = json!({ "anyOf": ["user:jane@acme.com"] });
    let rule = |(at, rule): (usize, &Drawn)| {
        let mut all = json!({ "name": format!("r{at}"), "when": format!("params.x == {}", rule.x), "effect": rule.effect.word() });
        if rule.effect == Effect::Ask {
            all["approvers"] = jane.clone();
        }
        all
    };
    let mut action = json!({ "effect": own.word(), "rules": rules.iter().enumerate().map(rule).collect::<Vec<_>>() });
    if own == Effect::Ask {
        action["approvers"] = jane.clone();
    }
    Policy::parse(&json!({ "actions": { "a": action } }).to_string()).unwrap()
}

fn strictness(effect: Effect) -> u8 {
    match effect {
        Effect::Allow => 0,
        Effect::Ask => 1,
        Effect::Deny => 2,
    }
}

fn outcome(own: Effect, rules: &[Drawn], params: &Value) -> u8 {
    strictness(judge(&policy(own, rules), "a", params).effect)
}

fn params() -> impl Strategy<Value = Value> {
    prop_oneof![(0..3_u8).prop_map(|x| json!({ "x": x })), Just(json!({})), Just(json!({ "x": "0" })),]
}

fn effects() -> impl Strategy<Value = Effect> {
    prop_oneof![Just(Effect::Allow), Just(Effect::Ask), Just(Effect::Deny)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_rule_that_denies_never_makes_an_outcome_weaker(
        own in effects(), rules in prop::collection::vec(drawn(), 0..5), x in 0..3_u8, at in 0..6_usize, params in params(),
    ) {
        let mut more = rules.clone();
        more.insert(at.min(rules.len()), Drawn { x, effect: Effect::Deny });
        prop_assert!(outcome(own, &more, &params) >= outcome(own, &rules, &params));
    }

    #[test]
    fn a_rule_that_asks_never_lets_through_what_was_not(
        own in effects(), rules in prop::collection::vec(drawn(), 0..5), x in 0..3_u8, at in 0..6_usize, params in params(),
    ) {
        let mut more = rules.clone();
        more.insert(at.min(rules.len()), Drawn { x, effect: Effect::Ask });
        if outcome(own, &rules, &params) > 0 {
            prop_assert!(outcome(own, &more, &params) > 0);
        }
    }

    #[test]
    fn a_rule_that_denies_and_matches_wins_wherever_it_stands(
        own in effects(), rules in prop::collection::vec(drawn(), 0..5), x in 0..3_u8, at in 0..6_usize,
    ) {
        let mut more = rules.clone();
        more.insert(at.min(rules.len()), Drawn { x, effect: Effect::Deny });
        prop_assert_eq!(outcome(own, &more, &json!({ "x": x })), 2);
    }
}
