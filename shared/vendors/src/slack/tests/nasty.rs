//! Whatever an agent writes, Slack takes every card and modal of it, and nothing of it acts.

use super::{asked, sample};
use crate::slack::edit::edit;
use crate::slack::modal::{deny_reason, more_info};
use crate::slack::{CardOptions, card};
use domain::Approval;
use proptest::prelude::*;
use serde_json::{Value, json};
use standins::blockkit;

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{202e}gnp.exe"),
        Just("\u{200b}\u{feff}"),
        Just("``` `"),
        Just("<!channel>"),
        Just("<@U1>"),
        Just("<http://x|Approve>"),
        Just("&amp;<>"),
        Just("😀👩‍👩‍👧"),
        Just("\n\n\n"),
        Just("\t\r\u{7}"),
        Just("\"\\"),
        Just(" "),
        Just("plain words "),
        Just("é漢"),
    ];
    let short = prop::collection::vec(piece, 0..6).prop_map(|p| p.concat());
    (short, prop_oneof![8 => Just(1), 2 => Just(40), 1 => Just(3_000)]).prop_map(|(text, times)| text.repeat(times))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        nasty().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!("«redacted»"))
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(nasty(), inner, 0..4).prop_map(|m| json!(m)),
        ]
    })
}

fn approval() -> impl Strategy<Value = Approval> {
    let texts = prop::collection::vec(nasty(), 12);
    let params = prop::collection::btree_map(nasty(), value(), 0..5);
    let status = prop::sample::select(vec!["awaiting_personas", "ready_for_approval", "approved", "denied", "expired"]);
    (texts, params, status, 0..12_usize, 0..14_usize).prop_map(|(t, params, status, votes, personas)| {
        let who = |i: usize| if i.is_multiple_of(2) { format!("slack:T1/U{i}") } else { format!("user:{}@x", "&".repeat(i * 20)) };
        let names: Vec<String> = (0..personas).map(|i| format!("{}{i}", t[i % 12])).collect();
        let acks: Vec<Value> = names.iter().skip(9).map(|n| json!({"persona": n, "by": who(n.len() % 9), "at": asked()})).collect();
        let votes: Vec<Value> = (0..votes).map(|i| json!({"by": who(i), "at": asked()})).collect();
        let entry = |event: &str, i: usize| json!({"seq": i, "at": asked(), "event": event, "by": who(i), "note": t[i]});
        sample(json!({
            "status": status, "params": params, "title": t[0], "justification": t[1], "action": t[2], "votes": votes, "acks": acks,
            "requester": {"id": t[3], "source": "agent", "display": t[4]}, "personas": names, "task_id": t[5], "reason": t[6],
            "origin": {"repo": t[7], "branch": t[8], "pr": t[9]}, "links": [{"label": t[10], "url": t[11]}, {"label": "a", "url": "a"}],
            "lineage": {"root": "appr_00000000000000000000000000", "parent": "appr_00000000000000000000000000", "by": "agent:mailer"},
            "execution": {"status": "failed", "attempts": 4, "status_code": 500, "result": t[3]},
            "history": [entry("edited", 2), entry("edited", 3), entry("edited", 4), entry("denied", 5)],
        }))
    })
}

/// Every string that could act as markup.
fn markup(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(markup),
        Value::Object(map) => map.get("type").is_some_and(|t| t == "mrkdwn" || t == "link") || map.values().any(markup),
        _ => false,
    }
}

fn check(approval: &Approval) {
    let console = CardOptions {
        editable: true,
        re_requestable: true,
        console_url: Some(format!("https://c/{}", "x".repeat(580))),
    };
    for options in [console, CardOptions::default()] {
        let card = card(approval, &options, asked());
        assert_eq!(blockkit::message(&card.blocks), Ok(()));
        assert!(
            !card.blocks.iter().any(markup) && !card.text.contains(['<', '>']) && card.text.chars().count() < 2_000
        );
    }
    let keys: Vec<String> = approval.params.keys().cloned().chain(["a.b".into()]).collect();
    for view in [more_info(approval, asked(), &super::may()), deny_reason(approval, None), edit(approval, &keys, None)]
    {
        assert_eq!(blockkit::view(&view), Ok(()));
        assert!(!markup(&view));
    }
}

#[test]
fn extremes_pass() {
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!({ "k": deep });
    }
    let many: serde_json::Map<String, Value> = (0..500).map(|i| (format!("key{i}"), json!(i))).collect();
    let big = |c: &str| json!({ "value": c.repeat(100_000) });
    for params in [
        json!({ "deep": deep }),
        json!(many),
        big("x"),
        big("&"),
        big("😀"),
        big("\u{202e}"),
        big("\n"),
        big("`"),
        json!({}),
    ] {
        check(&sample(json!({ "params": params })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]
    #[test]
    fn whatever_an_agent_writes_slack_takes_it(approval in approval()) {
        check(&approval);
    }
}
