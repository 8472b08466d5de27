//! What people saw is what is done: numbers, white space, the headline after an edit, paths that can mean two places, and what was asked
//! for beside what was approved.

use crate::harness::pages::Browser;
use crate::harness::{Asked, Start, System};
use crate::journeys::slack::stage::Stage;
use serde_json::{Value, json};

const POLICY: &str = r#"
routing: { defaultChannel: C0123 }
actions:
  pay:
    title: Pay {params.amount} to {params.user.email}
    approvers: { anyOf: ["user:approver@localhost", "slack:UJANE"] }
    redactParams: { mode: denylist, keys: ["user.card", "pin"] }
    allowParamOverrides: true
    overrideKeys: [amount, note, "user.email", pin]
  whole:
    approvers: { anyOf: ["user:approver@localhost"] }
    title: Tell {params.user.email}
    redactParams: { mode: allowlist, keys: ["user.email", note] }
    allowParamOverrides: true
    overrideKeys: [note, "user.email"]
"#;

fn edit(patch: Value) -> Value {
    json!({ "decision": "approved", "modified_action": patch })
}

async fn inbox(system: &System, asked: &Asked) -> Value {
    system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await.1
}

/// Types into the console, looks at the difference, and approves exactly that; the page that showed the difference.
async fn edit_in_console(system: &System, asked: &Asked, values: &[(&str, &str)]) -> String {
    let mut browser = Browser::open(system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let digest = inbox(system, asked).await["digest"].as_str().unwrap().to_owned();
    let fields: Vec<(&str, &str)> = [("digest", digest.as_str())].into_iter().chain(values.iter().copied()).collect();
    let page = browser.submit(&format!("/console/approvals/{}/preview", asked.id), &fields).await;
    page.must_say(200, &["Approve with these changes"]);
    let patch = page.field("patch").replace("&quot;", "\"");
    let approve = [("digest", digest.as_str()), ("patch", patch.as_str())];
    let done = browser.submit(&format!("/console/approvals/{}/edit", asked.id), &approve).await;
    assert_eq!(done.status, 303, "{}", done.text);
    page.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_comes_out_as_it_went_in_or_is_refused() {
    let system = Start::fresh().under(POLICY).start().await;
    let asked = system
        .ask("pay", serde_json::from_str(r#"{"amount": 0.10, "b": 1e2, "c": 100000000.00000001, "d": -0.0}"#).unwrap())
        .await;
    let lossy = r#"{"decision": "approved", "modified_action": {"amount": 3526246938.98713386}}"#;
    let path = format!("/approvals/{}/resolve", asked.id);
    let post =
        system.request("POST", &path).bearer_auth(&system.keys.approver).header("content-type", "application/json");
    let refused = post.body(lossy).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 400);
    assert!(refused.text().await.unwrap().contains("send it as a string"));
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let typed = [("digest", asked.answer["digest"].as_str().unwrap()), ("edit:amount", "4503599627370497.75")];
    let page = browser.submit(&format!("/console/approvals/{}/preview", asked.id), &typed).await;
    page.must_say(422, &["send it as a string"]);
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, edit(json!({ "amount": 0.25 }))).await.0, 200);
    let told = system.poll(&asked.token).await["decisionParams"].clone();
    assert_eq!(told, json!({ "amount": 0.25, "b": 100.0, "c": 100000000.00000001, "d": -0.0 }));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_that_was_typed_in_the_console_is_what_is_approved() {
    let system = Start::fresh().under(POLICY).start().await;
    let cases = [
        (" main", "main", "main"),
        ("rm -rf build/ ", "rm -rf build/", "rm -rf build/"),
        ("KEY", "KEY\r\n", "KEY\n"),
        ("one\r\ntwo\nthree\r\n", "one\r\n2\r\nthree\r\n", "one\r\n2\nthree\r\n"),
    ];
    for (was, typed, is) in cases {
        let asked = system.ask("pay", json!({ "note": was, "amount": 1 })).await;
        let page = edit_in_console(&system, &asked, &[("edit:note", typed), ("edit:amount", "1")]).await;
        assert!(page.contains("<del>") && page.contains("<ins>"), "{page}");
        assert_eq!(system.poll(&asked.token).await["decisionParams"]["note"], is, "{was:?}");
    }
    let mixed = system.ask("pay", json!({ "note": "a\r\nb\n" })).await;
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let untouched = [("digest", mixed.answer["digest"].as_str().unwrap()), ("edit:note", "a\r\nb\r\n")];
    let page = browser.submit(&format!("/console/approvals/{}/preview", mixed.id), &untouched).await;
    page.must_say(200, &["Nothing."]);
    page.must_not_say(&["Approve with these changes"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_that_slack_sends_is_what_is_approved() {
    let stage = Stage::with(Start::fresh().under(POLICY)).await;
    let (asked, card) = stage.ask("pay", json!({ "note": " main\r\nx", "amount": 1 })).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    assert!(view.view.to_string().contains("begins or ends with white space, which counts"), "{}", view.view);
    stage.send(&stage.slack.submit(&view, &[("note", "main \nx")], "UJANE")).await;
    assert_eq!(stage.system.poll(&asked.token).await["decisionParams"], json!({ "note": "main \r\nx", "amount": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headline_follows_an_edit_everywhere() {
    let stage = Stage::with(Start::fresh().under(POLICY)).await;
    let mut events = stage.system.bus.listen();
    let (asked, card) = stage.ask("pay", json!({ "amount": 5, "user": { "email": "a@acme.com" } })).await;
    assert!(card.reads().contains("Pay 5 to “a@acme.com”"), "{}", card.reads());
    let patch = edit(json!({ "amount": 7, "user": { "email": "x” approved by Jane" } }));
    assert_eq!(stage.system.resolve(&stage.system.keys.approver, &asked.id, patch).await.0, 200);
    stage.system.settle().await;
    let now = "Pay 7 to “x⟨U+201D⟩ approved by Jane”";
    assert_eq!(inbox(&stage.system, &asked).await["title"], now);
    assert!(stage.card(&asked).reads().contains(now), "{}", stage.card(&asked).reads());
    let told = std::iter::from_fn(|| events.try_recv().ok());
    let edited: Vec<Value> = told.filter(|event| event["detail-type"] == "approval.edited").collect();
    assert!(!edited.is_empty() && edited.iter().all(|event| event["detail"]["approval"]["title"] == now), "{edited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_can_mean_two_places_shows_both_hides_both_and_changes_neither() {
    let system = Start::fresh().under(POLICY).start().await;
    let params = json!({ "user.email": "decoy@acme.com", "user": { "email": "real@acme.com", "card": "4111" }, "user.card": "4222", "amount": 5 });
    let asked = system.ask("pay", params).await;
    let one = inbox(&system, &asked).await;
    assert_eq!(one["title"], "Pay 5 to “real@acme.com” or “decoy@acme.com”");
    let hidden = "«redacted»";
    let shown = json!({ "user.email": "decoy@acme.com", "user": { "email": "real@acme.com", "card": hidden }, "user.card": hidden, "amount": 5 });
    assert_eq!(one["params"], shown);
    for patch in [json!({ "user.email": "eve@acme.com" }), json!({ "user": { "email": "eve@acme.com" } })] {
        let (status, answer) = system.resolve(&system.keys.approver, &asked.id, edit(patch)).await;
        assert_eq!(
            (status, answer["details"][0]["field"].as_str()),
            (422, Some("modified_action.user.email")),
            "{answer}"
        );
        assert!(answer["details"][0]["problem"].as_str().unwrap().contains("two places"), "{answer}");
    }
    let mut browser = Browser::open(&system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let page = browser.get(&format!("/console/approvals/{}/edit", asked.id)).await;
    page.must_say(200, &["edit:amount", "can mean two places"]);
    page.must_not_say(&["edit:user.email"]);
    let whole = system.ask("whole", json!({ "user.email": "decoy", "user": { "email": "real" }, "note": "n" })).await;
    assert_eq!(inbox(&system, &whole).await["params"], json!({ "user.email": hidden, "user": hidden, "note": "n" }));
    assert_eq!(inbox(&system, &whole).await["title"], "Tell «redacted» or «redacted»");
    let decoy = edit(json!({ "user.email": "eve@acme.com" }));
    let (status, answer) = system.resolve(&system.keys.approver, &whole.id, decoy).await;
    assert_eq!((status, answer["details"][0]["field"].as_str()), (422, Some("modified_action.user.email")), "{answer}");
    let page = browser.get(&format!("/console/approvals/{}/edit", whole.id)).await;
    page.must_say(200, &["edit:note", "can mean two places"]);
    page.must_not_say(&["edit:user.email"]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_is_kept_and_shown_beside_what_was_approved() {
    let stage = Stage::with(Start::fresh().under(POLICY)).await;
    let system = &stage.system;
    let (asked, card) = stage.ask("pay", json!({ "amount": 5, "note": "old words", "pin": "4711" })).await;
    let first = inbox(system, &asked).await;
    assert_eq!(first.get("asked_params"), None, "nothing was edited");
    let patch = json!({ "amount": 7, "note": null, "pin": "9999" });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, edit(patch)).await.0, 200);
    let one = inbox(system, &asked).await;
    let hidden = "«redacted»";
    assert_eq!(one["params"], json!({ "amount": 7, "pin": hidden }));
    assert_eq!(one["asked_params"], json!({ "amount": 5, "note": "old words", "pin": hidden }));
    let told = system.poll(&asked.token).await;
    assert_eq!(told["decisionParams"], json!({ "amount": 7, "pin": "9999" }));
    assert_eq!(told["askedParams"], json!({ "amount": 5, "note": "old words", "pin": "4711" }));
    let mut browser = Browser::open(system);
    browser.sign_in(&system.keys.approver, "/console").await;
    let page = browser.get(&format!("/console/approvals/{}", asked.id)).await;
    page.must_say(
        200,
        &[
            "What was approved",
            "What was asked, against what it was edited to",
            "<del>− old words",
            first["digest"].as_str().unwrap(),
        ],
    );
    page.must_not_say(&["4711", "9999"]);
    let more = stage.modal(&card, "more_info", "UJANE").await.view.to_string();
    assert!(more.contains("What was asked, before it was edited") && more.contains("old words"), "{more}");
    assert!(!more.contains("4711") && !more.contains("9999"), "{more}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_edit_keeps_the_first_asking_and_an_edit_back_to_it_keeps_none() {
    let policy = POLICY
        .replace("\"slack:UJANE\"] }", "\"slack:UJANE\"], minApprovals: 2 }")
        .replace("slack:UJANE", "user:jane@acme.com");
    let system = Start::fresh().under(&policy).start().await;
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    let asked = system.ask("pay", json!({ "amount": 5, "pin": "4711" })).await;
    for (key, patch) in [(&system.keys.approver, json!({ "amount": 6 })), (&jane, json!({ "note": "b" }))] {
        assert_eq!(system.resolve(key, &asked.id, edit(patch)).await.0, 200);
    }
    let hidden = "«redacted»";
    assert_eq!(inbox(&system, &asked).await["asked_params"], json!({ "amount": 5, "pin": hidden }));
    let back = edit(json!({ "amount": 5, "note": null }));
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, back).await.0, 200);
    let one = inbox(&system, &asked).await;
    assert_eq!((&one["title"], one.get("asked_params")), (&json!("Pay 5 to —"), None));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_in_other_scripts_is_shown_as_it_is_and_costs_nobody_the_button() {
    let stage = Stage::with(Start::fresh().under(POLICY)).await;
    let examples = json!({
        "bengali": "র\u{200d}্যাব ক্\u{200c}ষ", "crlf": "one\r\ntwo", "emoji": "👩🏽\u{200d}🚒 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
        "flag": "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", "french": "1\u{202f}000\u{a0}€",
        "hindi": "क्\u{200d}ष राष्\u{200c}ट्र", "japanese": "東京\u{3000}葛\u{e0100}飾区", "persian": "می\u{200c}خواهم",
        "z1_reversed": "invoice\u{202e}fdp.exe", "z2_joined": "pay\u{200d}pal", "z3_bidi": "می\u{2067}خواهم",
        "z4_flag": "🏴\u{e0075}\u{e0073}\u{e007f}", "z5_selector": "a\u{e0100}b\u{fe0f}", "z6_return": "one\rtwo",
    });
    let (_, card) = stage.ask("pay", examples).await;
    let text = card.reads();
    let parameters = text.split("Parameters").nth(1).unwrap().split("0 of 1 approvals").next().unwrap();
    // Invisible characters that remain are spelled out, so that a reader of the snapshot sees them.
    let spelled = |c: char| match c {
        '\u{200c}' | '\u{200d}' | '\u{fe0f}' | '\u{a0}' | '\u{202f}' | '\u{3000}' | '\u{e0000}'..='\u{e01ef}' => {
            format!("[{:X}]", c as u32)
        }
        other => other.to_string(),
    };
    insta::assert_snapshot!(parameters.trim().chars().map(spelled).collect::<String>());
    let (asked, long) = stage.ask("pay", json!({ "note": "می\u{200c}خواهم ".repeat(500) })).await;
    assert!(long.actions().iter().any(|action| action == "approve"), "{:?}", long.actions());
    stage.click(&long, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    let (_, hidden) = stage.ask("pay", json!({ "note": "pay\u{200c}pal ".repeat(700) })).await;
    assert!(hidden.actions().iter().all(|action| action != "approve"), "marks count for what they are");
}
