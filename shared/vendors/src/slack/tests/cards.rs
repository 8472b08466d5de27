//! The card in every status.

use super::{action_ids, asked, sample};
use crate::slack::{Card, CardOptions, card};
use domain::Approval;
use serde_json::{Value, json};
use standins::blockkit;

fn all() -> CardOptions {
    CardOptions { editable: true, re_requestable: true, console_url: Some("https://console.acme.com/appr_1".into()) }
}

fn drawn(approval: &Approval) -> (Card, Vec<String>, String) {
    let card = card(approval, &all(), asked());
    assert_eq!(blockkit::message(&card.blocks), Ok(()));
    let ids = action_ids(&json!(card.blocks));
    let text = json!(card.blocks).to_string();
    (card, ids, text)
}

#[test]
fn an_open_card_shows_everything_and_offers_every_decision() {
    let (card, ids, text) = drawn(&sample(json!({"links": [{"label": "Ticket", "url": "https://acme.com/1?a=b"}]})));
    assert_eq!(ids, ["approve", "approve_edit", "deny", "deny_with_reason", "more_info", "open_console"]);
    for shown in [
        "bob@acme.com",
        r#"\"007\""#,
        "n: 7",
        "│ Dear Bob,\\n│ send money",
        "Jane (slack U42)",
        "claim",
        "acme/mail",
        "0 of 2 approvals",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert!(text.contains("Ticket — https://acme.com/1?a=b") && text.contains("Bob asked for it"));
    assert_eq!(card.text, "Waiting for approval: Send an e-mail to bob@acme.com");
    let approve = json!(card.blocks)[card.blocks.len() - 1]["elements"][0].clone();
    assert!(approve["confirm"]["text"]["text"].as_str().unwrap().contains("gmail.send"));
    assert!(
        approve["style"] == "primary"
            && approve["value"].as_str().unwrap().starts_with("appr_0123456789abcdefghjkmnpqrs|sha256:")
    );
}

#[test]
fn what_the_policy_does_not_allow_is_not_offered() {
    let card = card(&sample(json!({})), &CardOptions::default(), asked());
    assert_eq!(action_ids(&json!(card.blocks)), ["approve", "deny", "deny_with_reason", "more_info"]);
}

#[test]
fn while_a_persona_is_missing_nobody_can_approve() {
    let ack = json!({"persona": "legal", "by": "slack:T1/U7", "at": asked()});
    let waiting =
        sample(json!({"status": "awaiting_personas", "personas": ["security", "legal", "security"], "acks": [ack]}));
    let (_, ids, text) = drawn(&waiting);
    assert_eq!(ids, ["persona_ack", "deny", "deny_with_reason", "more_info", "open_console"]);
    assert!(text.contains(r#""value":"security""#) && !text.contains(r#""value":"legal""#));
    assert!(text.contains("Acknowledged as legal by ") && text.contains(r#"{"type":"user","user_id":"U7"}"#));
}

#[test]
fn what_had_to_be_cut_cannot_be_approved_on_the_card() {
    for fields in [json!({"params": {"body": "x".repeat(20_000)}}), json!({"justification": "y".repeat(20_000)})] {
        let (_, ids, text) = drawn(&sample(fields));
        assert_eq!(ids, ["deny", "deny_with_reason", "more_info", "open_console"]);
        assert!(text.contains("cannot be approved here") && text.contains('…'));
    }
    let (_, ids, text) = drawn(&sample(json!({"params": {"body": "x".repeat(300_000)}})));
    assert!(!ids.contains(&"approve".to_owned()) && text.contains("cannot be approved in Slack"));
}

#[test]
fn parameters_of_some_thousand_characters_fit() {
    let (_, ids, _) = drawn(&sample(json!({"params": {"body": "line of text\n".repeat(400)}})));
    assert!(ids.contains(&"approve".to_owned()));
}

#[test]
fn an_ended_card_says_how_and_has_no_buttons() {
    let vote = json!({"by": "slack:T1/U7", "at": asked()});
    let other = json!({"by": "user:omar@acme.com", "at": asked()});
    let execution = json!({"status": "failed", "attempts": 3, "status_code": 502, "result": {"error": "<b>bad`"}});
    let approved = sample(
        json!({"status": "approved", "votes": [vote, other], "decided_at": asked(), "reason": "fine", "execution": execution}),
    );
    let (_, ids, text) = drawn(&approved);
    assert!(ids.is_empty());
    for shown in [
        "Approved",
        r#""user_id":"U7""#,
        "user:omar@acme.com",
        "2026-11-22 06:00 UTC",
        "fine",
        "Execution",
        "HTTP 502, 3 attempts",
        "<b>bad`",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}

#[test]
fn a_dead_card_can_be_asked_again_once() {
    let by = json!({"seq": 2, "at": asked(), "event": "denied", "by": "slack:T1/U8"});
    let denied = json!({"status": "denied", "reason_code": "denied_by_human", "reason": "no\u{202e}", "decided_at": asked(), "history": [by]});
    let (_, ids, text) = drawn(&sample(denied.clone()));
    assert_eq!(ids, ["re_request"]);
    assert!(text.contains(r#""user_id":"U8""#) && text.contains("no⟨U+202E⟩"));
    let mut again = sample(denied);
    again.superseded_by = domain::ApprovalId::parse("appr_00000000000000000000000000");
    let (_, ids, text) = drawn(&again);
    assert!(ids.is_empty() && text.contains("as appr_00000000000000000000000000"));
}

#[test]
fn every_other_end_has_its_own_words() {
    let late = card(&sample(json!({})), &all(), "2026-11-22T07:00:00Z".parse().unwrap());
    let ended = |fields: Value| drawn(&sample(fields)).2;
    let cancelled = json!({"seq": 2, "at": asked(), "event": "cancelled", "by": "agent:mailer"});
    let cancelled = ended(json!({"status": "denied", "reason_code": "cancelled", "history": [cancelled]}));
    let undelivered = ended(json!({"status": "denied", "reason_code": "delivery_failed", "reason": "all dropped"}));
    assert!(json!(late.blocks).to_string().contains("nobody decided in time") && late.text.starts_with("Expired: "));
    assert_eq!(action_ids(&json!(late.blocks)), ["re_request"]);
    assert!(cancelled.contains("Cancelled") && cancelled.contains("agent:mailer"));
    assert!(undelivered.contains("could not be delivered") && undelivered.contains("all dropped"));
}

#[test]
fn edits_are_told() {
    let edit = json!({"seq": 2, "at": asked(), "event": "edited", "by": "slack:T1/U9", "note": "subject, body"});
    let (_, _, text) = drawn(&sample(json!({"history": [edit]})));
    assert!(text.contains("Edited") && text.contains(r#""user_id":"U9""#) && text.contains("subject, body"));
}

#[test]
fn the_fallback_mentions_nobody_and_links_nothing() {
    let (card, _, _) = drawn(&sample(json!({"title": "<!channel> <@U1> <http://x|Approve> & co\u{200b}"})));
    assert_eq!(
        card.text,
        "Waiting for approval: &lt;!channel&gt; &lt;@U1&gt; &lt;http://x|Approve&gt; &amp; co⟨U+200B⟩"
    );
}
