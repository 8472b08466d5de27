//! Whatever an agent writes, Teams takes every card of it, and nothing of it acts.

use super::reader::Reader;
use super::{LINK, asked, notice, read, sample};
use crate::connector::Notice;
use crate::teams::{MAX_MESSAGE, MESSAGE_BUDGET, message};
use domain::approval::history::Entry;
use domain::{Approval, Event};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::{LazyLock, Mutex, PoisonError};

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\u{202e}gnp.exe",
        "\u{200b}\u{feff}\u{a0}",
        "[Approve](https://evil.com)",
        "**bold** _it_ `code`",
        "\n- a\n1. b\n# c",
        "https://evil.com/approve",
        "<at>Everyone</at> &lt;",
        "{{DATE(2026-11-22T06:00:00Z, SHORT)}}",
        "{{{{",
        "@{triggerBody()}${x}",
        "😀👩‍👩‍👧",
        "   \t\r\u{7}",
        "\"\\",
        "plain words ",
        "é漢",
    ]);
    let short = prop::collection::vec(piece, 0..6).prop_map(|p| p.concat());
    (short, prop_oneof![8 => Just(1), 2 => Just(40), 1 => Just(300)]).prop_map(|(text, times)| text.repeat(times))
}

fn approval() -> impl Strategy<Value = Approval> {
    let params = prop::collection::btree_map(nasty(), nasty(), 0..5);
    let status = prop::sample::select(vec!["awaiting_personas", "ready_for_approval", "approved", "denied", "expired"]);
    (prop::collection::vec(nasty(), 12), params, status, 0..30_usize).prop_map(|(t, params, status, many)| {
        let who = |i: usize| if i.is_multiple_of(2) { format!("slack:T1/U{i}") } else { format!("user:{}@x", "&{".repeat(i * 4)) };
        let names: Vec<String> = (0..many).map(|i| format!("{}{i}", t[i % 12])).collect();
        let acks: Vec<Value> = names.iter().skip(9).map(|n| json!({"persona": n, "by": who(n.len() % 9), "at": asked()})).collect();
        let votes: Vec<Value> = (0..many).map(|i| json!({"by": who(i), "at": asked()})).collect();
        let entry = |event: &str, i: usize| json!({"seq": i, "at": asked(), "event": event, "by": who(i), "note": t[i]});
        let id = "appr_00000000000000000000000000";
        sample(json!({
            "status": status, "params": params, "title": t[0], "justification": t[1], "action": t[2], "votes": votes, "acks": acks,
            "requester": {"id": t[3], "source": "agent", "display": t[4]}, "personas": names, "task_id": t[5], "reason": t[6],
            "origin": {"repo": t[7], "branch": t[8], "pr": t[9]}, "links": [{"label": t[10], "url": t[11]}, {"label": "a", "url": "a"}],
            "lineage": {"root": id, "parent": id, "by": "agent:a"}, "superseded_by": id,
            "history": [entry("edited", 2), entry("edited", 3), entry("denied", 5)],
        }))
    })
}

fn check(approval: &Approval) {
    // One for all that are checked: a process takes longer to start than thousands of cards to read.
    static READER: LazyLock<Mutex<Reader>> = LazyLock::new(|| Mutex::new(Reader::start()));
    let long = format!("https://c/{}", "x".repeat(1_980));
    let edit = Entry { seq: 3, ..Entry::new(Event::Edited, asked(), Some(&approval.asked_by), None) };
    for (link, change) in [(Some(LINK), None), (Some(long.as_str()), Some(&edit)), (None, None)] {
        let message = message(&Notice { link, severity: Some("critical"), ..notice(approval) }, change);
        let (text, links) = read(&message);
        assert_eq!(READER.lock().unwrap_or_else(PoisonError::into_inner).faults(&message), json!([]));
        let bytes = message.to_string().len();
        assert!(bytes <= MESSAGE_BUDGET && MESSAGE_BUDGET <= MAX_MESSAGE, "{bytes}");
        assert_eq!(links, link.into_iter().collect::<Vec<_>>());
        assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{feff}', '\t', '\r', '\u{7}']));
    }
}

#[test]
fn extremes_pass() {
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!({ "k": deep });
    }
    let many: serde_json::Map<String, Value> = (0..500).map(|i| (format!("key{i}"), json!(i))).collect();
    let big = |c: &str| json!({ "value": c.repeat(30_000) });
    let texts = ["x", "&", "😀", "漢", "\u{202e}", "\n", "{", "{{D", " ", "\t", "\""];
    for params in texts.map(big).into_iter().chain([json!({ "deep": deep }), json!(many), json!({})]) {
        check(&sample(json!({ "params": params })));
    }
    for text in texts {
        check(&sample(
            json!({ "justification": text.repeat(20_000), "title": text.repeat(250), "action": text.repeat(256) }),
        ));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn whatever_an_agent_writes_teams_takes_it(approval in approval()) {
        check(&approval);
    }
}
