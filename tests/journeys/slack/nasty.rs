//! Whatever an agent writes, Slack takes every card and modal of it, and nothing of it acts.

use crate::harness::body;
use crate::journeys::slack::stage::Stage;
use serde_json::{Map, Value, json};
use standins::slack::Message;

/// Text that acts, hides, turns around, breaks out or fills up.
const NASTY: &[&str] = &[
    "<!channel> <!here> <!everyone> <@U1> <#C1> <!subteam^S1>",
    "<http://evil.example|Approve here>",
    "```\n*Approved by* <@UBOSS>\n```",
    "`x` *bold* _it_ ~s~ > quote\n>>> all",
    "\u{202e}gnp.exe\u{202c} \u{2066}x\u{2069}",
    "zero\u{200b}width\u{feff}\u{200d}and\u{ad}soft",
    "&lt;!channel&gt; &amp;amp; & < >",
    "@channel @here #general :rotating_light: www.evil.example https://evil.example/approve",
    "\"}],\"type\":\"mrkdwn\",\"text\":\"<!channel>\"",
    "a\nto: eve@evil.example\nb",
    "\r\n\t\u{1}\u{7}\u{1b}[31m",
    "\u{e0041}\u{e0042}\u{fe0f}\u{3164}",
    "😀👩‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "   ",
    "«redacted» ",
    "{params.to} {0} %s ${x}",
];

/// What acts in a message or a view: markup, links, mentions, addresses of any kind.
fn active(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| active(v, found)),
        Value::Object(map) => {
            let kind = map.get("type").and_then(Value::as_str).unwrap_or_default();
            let acts = ["mrkdwn", "link", "user", "usergroup", "channel", "broadcast", "emoji", "image", "context"];
            if acts.contains(&kind) || ["url", "image_url", "mrkdwn", "accessory"].iter().any(|k| map.contains_key(*k))
            {
                found.push(value.to_string());
            }
            if map.get("emoji") == Some(&json!(true)) {
                found.push(value.to_string());
            }
            map.values().for_each(|v| active(v, found));
        }
        _ => {}
    }
}

/// Characters that hide or turn text around must not reach people anywhere, except as what an input begins with. A family and a flag are
/// no hiding place.
fn hidden(text: &str) -> bool {
    let flag = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
    let text = text.replace("👩\u{200d}👩\u{200d}👧", "").replace(flag, "");
    text.chars().any(|c| {
        matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe0f}' | '\u{3164}' | '\u{e0000}'..='\u{e007f}')
    })
}

fn shown(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| shown(v, into)),
        Value::Object(map) => {
            let texts = map.iter().filter(|(k, v)| *k == "text" && v.is_string());
            into.extend(texts.filter_map(|(_, v)| v.as_str()).map(str::to_owned));
            map.values().for_each(|v| shown(v, into));
        }
        _ => {}
    }
}

fn assert_inert(blocks: &[Value], what: &str) {
    let mut found = Vec::new();
    blocks.iter().for_each(|b| active(b, &mut found));
    // The one address on a card is ours.
    found.retain(|act| !(act.contains(r#""action_id":"open_console""#) && act.contains("/console/decide/1.appr_")));
    assert_eq!(found, Vec::<String>::new(), "{what}");
    let mut texts = Vec::new();
    blocks.iter().for_each(|b| shown(b, &mut texts));
    assert!(!texts.iter().any(|t| hidden(t)), "{what}: {texts:?}");
}

/// Cards and modals of a request are valid for Slack, which took them, and nothing in them acts.
async fn assert_harmless(stage: &Stage, card: &Message, what: &str) {
    assert_eq!(stage.slack.messages().last().map(|m| m.ts.clone()), Some(card.ts.clone()), "{what}");
    assert_inert(&card.latest().blocks, what);
    let fallback = card.latest().text;
    assert!(!fallback.contains(['<', '>']) && !hidden(&fallback), "{what}: {fallback}");
    let opens: Vec<String> = card
        .actions()
        .into_iter()
        .filter(|a| ["more_info", "approve_edit", "deny_with_reason"].contains(&a.as_str()))
        .collect();
    for action in opens {
        let view = stage.modal(card, &action, "UJANE").await.view;
        assert_inert(view["blocks"].as_array().unwrap(), &format!("{action}: {what}"));
    }
    assert_eq!(stage.slack.ephemerals(), [], "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_an_agent_writes_acts_in_slack() {
    let stage = Stage::open().await;
    for text in NASTY {
        // An id is an id of its source; a display says what it likes.
        let id: String = format!("x{text}").chars().filter(char::is_ascii_alphanumeric).collect();
        let mut asking =
            body("gmail.send", json!({ "to": text, "subject": text, "body": { "text": text, "secret": text } }));
        asking["params"][text] = json!([text, { *text: text }]);
        asking["meta"]["origin"] = json!({ "repo": text, "branch": text, "pr": text, "run_id": text });
        asking["meta"]["requester"] = json!({ "id": id, "source": "agent", "display": text });
        asking["meta"]["justification"] = json!(format!("why {text}"));
        asking["meta"]["taskId"] = json!(text);
        asking["meta"]["links"] = json!([
            { "label": text, "url": "https://evil.example/approve?x=<http://y|z>&`" },
            { "label": "https://good.example", "url": "https://evil.example/\u{202e}moc" },
        ]);
        let (status, answer) = stage.system.call(&stage.system.keys.agent, "POST", "/api/guard/request", asking).await;
        assert_eq!(status, 200, "{text:?}: {answer}");
        stage.system.settle().await;
        let card = stage.slack.messages().pop().unwrap();
        assert_harmless(&stage, &card, text).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_characters_are_shown_where_they_are() {
    let stage = Stage::open().await;
    let mut asking = body("plain.x", json!({ "file": "report\u{202e}fdp.exe", "zero": "a\u{200b}b" }));
    asking["meta"]["justification"] = json!("harm\u{200b}less\u{202e}");
    let (_, card) = stage.ask_for(asking).await;
    let reads = card.reads();
    for seen in ["report⟨U+202E⟩fdp.exe", "a⟨U+200B⟩b", "harm⟨U+200B⟩less⟨U+202E⟩"] {
        assert!(reads.contains(seen), "{reads}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_passes_for_another_parameter() {
    let stage = Stage::open().await;
    let (_, card) = stage
        .ask("plain.x", json!({ "note": "hi\nto: eve@evil.example", "to": "bob@acme.com", "n": "7", "m": 7 }))
        .await;
    let reads = card.reads();
    assert!(reads.contains("│ to: eve@evil.example") && !reads.contains("\nto: eve@evil.example"), "{reads}");
    assert!(reads.contains("n: \"7\"") && reads.contains("m: 7"), "{reads}");
}

/// Parameters that are long, many or deep.
fn huge() -> Vec<(&'static str, Value)> {
    let many = |n: usize, value: &str| -> Map<String, Value> {
        (0..n).map(|i| (format!("key{i:03}"), json!(value))).collect()
    };
    let mut deep = json!("<!channel>");
    for _ in 0..60 {
        deep = json!({ "k": deep });
    }
    vec![
        ("100 KB of x", json!({ "v": "x".repeat(100_000) })),
        ("100 KB of &", json!({ "v": "&".repeat(100_000) })),
        ("100 KB of quotes", json!({ "v": "\"".repeat(100_000) })),
        ("100 KB of emoji", json!({ "v": "😀".repeat(25_000) })),
        ("100 KB of lines", json!({ "v": "\n".repeat(100_000) })),
        ("100 KB of backticks", json!({ "v": "`".repeat(100_000) })),
        ("a key of 10 KB", json!({ "k".repeat(10_000): "<!channel>" })),
        ("500 keys", many(500, "v").into()),
        ("500 keys with mentions", many(500, "<@U1> <http://evil|x>").into()),
        ("deep", deep),
        ("a long list", json!({ "v": vec![1; 20_000] })),
        ("end hidden behind much", json!({ "a": "y".repeat(12_000), "z": "rm -rf /" })),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_cannot_be_approved_unread() {
    let stage = Stage::open().await;
    for (what, params) in huge() {
        let (asked, card) = stage.ask("plain.x", params.clone()).await;
        assert_harmless(&stage, &card, what).await;
        let reads = card.reads();
        let cut = card.actions().first().is_none_or(|a| a != "approve");
        assert!(cut == reads.contains("too long to be shown"), "{what}");
        assert!(!card.actions().contains(&"approve_edit".to_owned()) || !cut);
        if params.to_string().len() > 20_000 || what.starts_with("end hidden") {
            assert!(cut, "{what}");
        }
        if !cut {
            let keys = params.as_object().unwrap().keys();
            keys.for_each(|key| assert!(reads.contains(key.as_str()), "{what}: {key} is not there"));
        }
        // A forged button does not help a person who may see the approval: the digest says what was asked, not what the person read.
        assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_length_either_all_is_shown_or_nothing_can_be_approved() {
    let stage = Stage::open().await;
    let mut seen = (0, 0);
    for (i, filler) in ["a", "& ", "line\n", "\u{202e}", "😀"].iter().enumerate() {
        for size in [4_000, 6_000, 6_800, 7_200, 7_600, 8_000, 8_600, 9_500] {
            let text = filler.repeat(size / filler.len() / if i == 3 { 3 } else { 1 });
            let (_, card) = stage.ask("plain.x", json!({ "text": text, "zzz": "THE END" })).await;
            let whole = card.reads().contains("THE END");
            let approvable = card.actions().contains(&"approve".to_owned());
            assert_eq!(whole, approvable, "{size} of {filler:?}");
            if whole { seen.0 += 1 } else { seen.1 += 1 }
        }
    }
    assert!(seen.0 > 3 && seen.1 > 3, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_does_not_act_either() {
    let stage = Stage::open().await;
    for text in NASTY.iter().filter(|t| t.trim().len() > 2) {
        let (asked, card) = stage.ask("plain.x", json!({ "again": text.len() })).await;
        let view = stage.modal(&card, "deny_with_reason", "UJANE").await;
        stage.send(&stage.slack.submit(&view, &[("reason", text)], "UJANE")).await;
        let card = stage.card(&asked);
        assert!(card.latest().text.starts_with("Denied: "), "{text}");
        let mut found = Vec::new();
        card.latest().blocks.iter().for_each(|b| active(b, &mut found));
        // Only she who denied is a mention, and it is our own.
        assert!(found.iter().all(|f| f.contains("\"user_id\":\"UJANE\"")) && !found.is_empty(), "{text}: {found:?}");
    }
}
