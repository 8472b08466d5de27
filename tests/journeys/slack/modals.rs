//! Modals: everything there is to see, a reason, an edit.

use crate::harness::{POLICY, body};
use crate::journeys::slack::stage::{Stage, mail, payload};
use serde_json::{Value, json};
use standins::slack::{Fault, View};
use std::collections::BTreeSet;

/// The `block_id`s of a view's inputs, the only ones that Slack takes an error for.
fn inputs(view: &View) -> BTreeSet<String> {
    let blocks = view.view["blocks"].as_array().unwrap().iter();
    blocks.filter(|b| b["type"] == "input").map(|b| b["block_id"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that an answer shows errors at inputs that the view has; the errors.
fn errors(view: &View, answer: &(u16, Value)) -> String {
    let (status, body) = answer;
    assert_eq!((*status, &body["response_action"]), (200, &json!("errors")), "{body}");
    let errors = body["errors"].as_object().unwrap();
    assert!(!errors.is_empty() && errors.keys().all(|k| inputs(view).contains(k)), "{body} at {:?}", inputs(view));
    assert!(errors.values().all(|e| e.as_str().is_some_and(|e| !e.is_empty())));
    body["errors"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_reaches_agent_and_card() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "deny_with_reason", "UJANE").await;
    assert_eq!(view.user, "UJANE");
    stage.send(&stage.slack.submit(&view, &[("reason", "Too expensive <!channel> `x`")], "UJANE")).await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reason"]), (&json!("denied"), &json!("Too expensive <!channel> `x`")));
    let card = stage.card(&asked);
    assert!(card.reads().contains("Too expensive <!channel> `x`"), "{}", card.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_comes_too_late_or_from_somebody_else_is_answered_in_the_modal() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "deny_with_reason", "UJANE").await;
    let by_eve = stage.slack.submit(&view, &[("reason", "no")], "UEVE");
    let refused = stage.post(&by_eve).await;
    assert!(errors(&view, &refused).contains("policy does not name you"));
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");
    stage.click(&card, "approve", "UJANE").await;
    stage
        .unmoved(&asked, async {
            let late = stage.post(&stage.slack.submit(&view, &[("reason", "no")], "UJANE")).await;
            assert!(errors(&view, &late).contains("already approved"));
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_info_shows_every_parameter_to_members_and_decides_nothing() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let mut view = None;
    stage.unmoved(&asked, async { view = Some(stage.modal(&card, "more_info", "UEVE").await) }).await;
    let view = view.unwrap().view;
    let all = view.to_string();
    for text in ["bob@acme.com", "Offer", "\\\"007\\\"", "Dear Bob", "«redacted»", "Because the test says so"] {
        assert!(all.contains(text), "{text} in {all}");
    }
    assert!(!all.contains("hunter2") && !all.contains("boss@acme.com"), "redacted everywhere");
    assert_eq!(view.get("submit"), None, "where the card shows all, the modal only informs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_too_long_for_the_card_is_approved_where_it_can_be_read() {
    let stage = Stage::open().await;
    let params = json!({ "text": "line of text\n".repeat(1_500) });
    let (asked, card) = stage.ask("plain.long", params.clone()).await;
    assert!(!card.actions().iter().any(|a| a.starts_with("approve")), "{:?}", card.actions());
    let view = stage.modal(&card, "more_info", "UJANE").await;
    assert_eq!(view.view["submit"]["text"], "Approve");
    // Somebody else cannot send it for her.
    let refused = stage.post(&stage.slack.submit(&view, &[], "UEVE")).await;
    assert!(errors(&view, &refused).contains("does not name you"));
    stage.send(&stage.slack.submit(&view, &[], "UJANE")).await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &params));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_approves_what_was_typed_and_nothing_else() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    let expected = ["edit:subject", "edit:body.text", "edit:count", "decision"];
    assert_eq!(inputs(&view), expected.map(str::to_owned).into());
    let typed = [("subject", "Better offer"), ("count", "008")];
    stage.send(&stage.slack.submit(&view, &typed, "UJANE")).await;
    let told = stage.system.poll(&asked.token).await;
    let mut edited = mail();
    edited["subject"] = json!("Better offer");
    edited["count"] = json!("008");
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &edited));
    let card = stage.card(&asked);
    assert!(card.reads().contains("Edited\n by \nUJANE") && card.reads().contains("Better offer"), "{}", card.reads());
    assert!(!card.reads().contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_digits_stays_a_text_through_an_edit() {
    let stage = Stage::open().await;
    for (typed, kept) in [(None, "007"), (Some("007"), "007"), (Some("7"), "7"), (Some("1e3"), "1e3")] {
        let (asked, card) = stage.ask("gmail.send", mail()).await;
        let view = stage.modal(&card, "approve_edit", "UJANE").await;
        let values: Vec<(&str, &str)> = typed.map(|t| ("count", t)).into_iter().collect();
        stage.send(&stage.slack.submit(&view, &values, "UJANE")).await;
        let told = stage.system.poll(&asked.token).await;
        assert_eq!((&told["status"], &told["decisionParams"]["count"]), (&json!("approved"), &json!(kept)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_breaks_the_schema_is_answered_at_its_input_and_changes_nothing() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    let long = "x".repeat(41);
    stage
        .unmoved(&asked, async {
            let answer = stage.post(&stage.slack.submit(&view, &[("subject", &long)], "UJANE")).await;
            let errors = errors(&view, &answer);
            assert!(errors.contains("edit:subject"), "{errors}");
        })
        .await;
    // Corrected in the same modal, it goes through.
    stage.send(&stage.slack.submit(&view, &[("subject", "short")], "UJANE")).await;
    assert_eq!(stage.system.poll(&asked.token).await["decisionParams"]["subject"], "short");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_what_the_policy_does_not_name_is_refused_at_a_real_input() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    // The policy was tightened since the modal was opened.
    let tight = POLICY.replacen("overrideKeys: [\"subject\", ", "overrideKeys: [", 1);
    stage.system.put_policy(&tight).await;
    stage
        .unmoved(&asked, async {
            let answer = stage.post(&stage.slack.submit(&view, &[("subject", "x"), ("count", "008")], "UJANE")).await;
            let errors = errors(&view, &answer);
            assert!(errors.contains("edit:subject") && errors.contains("overrideKeys"), "{errors}");
            assert!(!errors.contains("edit:count"), "{errors}");
        })
        .await;
    // An input that was never there, which only a forger could send: nothing comes of it.
    let sent = stage.slack.submit(&view, &[], "UJANE");
    let typed = json!({ "typed": { "type": "plain_text_input", "value": "eve@evil.com" } });
    for (block, value) in [("edit:to", &typed), ("edit:bcc", &typed), ("edit:body.secret", &typed), ("edit:", &typed)] {
        let forged = stage.altered(&sent, |p| p["view"]["state"]["values"][block] = value.clone());
        stage
            .unmoved(&asked, async { assert_eq!(stage.post(&forged).await.1["response_action"], "errors", "{block}") })
            .await;
    }
    let marker = stage.post(&stage.slack.submit(&view, &[("subject", "«redacted»")], "UJANE")).await;
    assert!(errors(&view, &marker).contains("edit:subject"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_voids_what_others_had_agreed_to() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "first" })).await;
    stage.click(&card, "approve", "UOMAR").await;
    let view = stage.modal(&stage.card(&asked), "approve_edit", "UJANE").await;
    stage.send(&stage.slack.submit(&view, &[("note", "second")], "UJANE")).await;
    let card = stage.card(&asked);
    assert!(card.reads().contains("1 of 2 approvals\n by \nUJANE"), "{}", card.reads());
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");
    stage.click(&card, "approve", "UOMAR").await;
    assert_eq!(stage.system.poll(&asked.token).await["decisionParams"], json!({ "note": "second" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_asks_the_personas_again() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("persona.first", json!({ "note": "first" })).await;
    stage.check(&card, &["security"], "USEC").await;
    let ready = stage.card(&asked);
    let view = stage.modal(&ready, "approve_edit", "UJANE").await;
    stage.send(&stage.slack.submit(&view, &[("note", "second")], "UJANE")).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "awaiting_personas");
    let again = stage.card(&asked);
    assert_eq!(again.actions(), ["persona_ack", "deny", "deny_with_reason", "more_info", "open_console"]);
    // The boxes that were ticked for something else count for nothing now.
    stage.unmoved(&asked, stage.check(&card, &["security"], "USEC")).await;
    assert!(stage.last_told("USEC").contains("changed since you saw it"));
    // The editor's own approval stands: with the acknowledgement it is whole.
    stage.check(&again, &["security"], "USEC").await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &json!({ "note": "second" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_edits_at_once_are_one_edit_and_one_refusal() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "first" })).await;
    let jane = stage.modal(&card, "approve_edit", "UJANE").await;
    let omar = stage.modal(&card, "approve_edit", "UOMAR").await;
    let sent = [
        stage.slack.submit(&jane, &[("note", "jane's")], "UJANE"),
        stage.slack.submit(&omar, &[("note", "omar's")], "UOMAR"),
    ];
    let answers = futures::future::join_all(sent.iter().map(|s| stage.post(s))).await;
    stage.system.settle().await;
    let refused: Vec<&(u16, Value)> = answers.iter().filter(|a| **a != (200, Value::Null)).collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    assert!(errors(&jane, refused[0]).contains("changed since you saw it"));
    let inbox = stage.inbox(&asked).await;
    assert_eq!((&inbox["approvals"], &inbox["status"]), (&json!(1), &json!("pending")), "{inbox}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_changes_nothing_is_an_approval() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    stage.send(&stage.slack.submit(&view, &[], "UJANE")).await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &mail()));
    assert!(!stage.card(&asked).reads().contains("Edited"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modal_that_cannot_open_is_told() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    for trigger in [json!("gone"), Value::Null] {
        let click = stage.slack.click(&card, "more_info", "UJANE").unwrap();
        let dead = stage.altered(&click, |p| p["trigger_id"] = trigger);
        stage.unmoved(&asked, stage.send(&dead)).await;
    }
    assert_eq!(stage.told("UJANE").len(), 2);
    for (fault, said) in [
        (Fault::Error("expired_trigger_id"), "Slack was too slow; click again"),
        (Fault::Error("trigger_expired"), "Slack was too slow; click again"),
        (Fault::ServerError, "click again"),
        (Fault::Error("invalid_blocks"), "decide in the console"),
    ] {
        for action in ["more_info", "deny_with_reason", "approve_edit"] {
            stage.slack.fail_next(fault.clone());
            stage.unmoved(&asked, stage.click(&card, action, "UJANE")).await;
            assert!(stage.last_told("UJANE").contains(said), "{fault:?}: {}", stage.last_told("UJANE"));
        }
    }
    let told = stage.told("UJANE").len();
    // A trigger is good for one modal: the same click once more opens nothing.
    let click = stage.slack.click(&card, "more_info", "UJANE").unwrap();
    stage.send(&click).await;
    stage.send(&click).await;
    assert_eq!((stage.slack.views().len(), stage.told("UJANE").len()), (1, told));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modal_that_is_closed_decides_nothing() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    let closed = stage.slack.submit(&view, &[], "UJANE");
    let closed = stage.altered(&closed, |p| p["type"] = json!("view_closed"));
    stage.unmoved(&asked, stage.send(&closed)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modal_never_sends_what_it_hid() {
    let stage = Stage::open().await;
    let mut asking = body("gmail.send", mail());
    asking["params"]["subject"] = json!("in\u{202e}visible");
    let (asked, card) = stage.ask_for(asking).await;
    let view = stage.modal(&card, "approve_edit", "UJANE").await;
    assert!(!view.view.to_string().contains("hunter2"));
    // What Slack does to white space by itself is no edit, nor are hidden characters that come back as they were.
    let sent = stage.slack.submit(&view, &[("body.text", "Dear Bob,\r\nhere it is.")], "UJANE");
    assert!(!payload(&sent).to_string().contains("hunter2"));
    stage.send(&sent).await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!(told["decisionParams"]["subject"], "in\u{202e}visible");
    assert_eq!(told["decisionParams"]["body"], mail()["body"]);
}
