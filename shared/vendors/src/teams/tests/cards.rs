//! The card in every state, and which changes post another card.

use super::{LINK, after, asked, notice, read, sample};
use crate::connector::Notice;
use crate::teams::{PostedUpTo, due, message};
use domain::Approval;
use serde_json::{Value, json};

fn drawn(approval: &Approval) -> (String, Vec<String>) {
    read(&message(&notice(approval), None))
}

#[test]
fn an_open_card_shows_everything_and_leads_to_the_decision_alone() {
    let (text, links) = drawn(&sample(json!({"links": [{"label": "Approve here", "url": "https://evil.com/1"}]})));
    for shown in [
        "Send an e-mail to bob@acme.com",
        "Waiting for approval",
        "Action: gmail.send",
        "Requested for (the agent's claim): Jane (slack U42)",
        "Repository: acme/mail",
        "Bob asked for it",
        "code: \"007\"",
        "n: 7",
        "│ Dear Bob,\n│ send money",
        "Links from the agent (not checked)\nApprove here — https://evil.com/1",
        "0 of 2 approvals\n",
        "Expires on 2026-11-22 07:00 UTC",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert_eq!(links, [LINK]);
    assert!(!text.contains("too long"));
}

#[test]
fn without_a_good_link_there_is_no_action() {
    let approval = sample(json!({"params": {"body": "x".repeat(30_000)}}));
    for link in [None, Some("javascript:alert(1)"), Some("console"), Some("")] {
        let (_, links) = read(&message(&Notice { link, ..notice(&approval) }, None));
        assert!(links.is_empty(), "{link:?}");
    }
    let (text, _) = read(&message(&Notice { link: None, ..notice(&approval) }, None));
    assert!(text.contains("Read all of it in the console"));
}

#[test]
fn people_and_severity_are_shown() {
    let ack = json!({"persona": "legal", "by": "slack:T1/U7", "at": asked()});
    let vote = json!({"by": "user:omar@acme.com", "at": asked()});
    let waiting = after(
        &["edited"],
        json!({"status": "awaiting_personas", "personas": ["security", "legal"], "acks": [ack], "votes": [vote]}),
    );
    let (text, _) = read(&message(&Notice { severity: Some("critical"), ..notice(&waiting) }, None));
    for shown in [
        "Waiting for acknowledgement",
        "Severity: critical",
        "1 of 2 approvals by user:omar@acme.com",
        "Acknowledged as: legal by slack:T1/U7",
        "Still to acknowledge: security",
        "Edited: subject on 2026-11-22 06:00 UTC by slack:T1/U8",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}

#[test]
fn what_does_not_fit_is_cut_and_the_link_shows_all_of_it() {
    for fields in [
        json!({"params": {"body": "x".repeat(30_000)}}),
        json!({"justification": "y".repeat(30_000)}),
        json!({"action": "z".repeat(2_000)}),
    ] {
        let (text, links) = drawn(&sample(fields));
        assert!(text.contains("too long to be shown here") && text.contains('…') && links == [LINK], "{text}");
    }
    let many: Vec<Value> =
        (0..10).map(|i| json!({"label": i.to_string(), "url": format!("https://a/{}", "x".repeat(1_900))})).collect();
    let (text, _) = drawn(&sample(json!({ "links": many })));
    assert!(text.contains("10 links from the agent are not shown here") && !text.contains("too long"));
}

#[test]
fn parameters_of_some_thousand_characters_fit() {
    let (text, _) = drawn(&sample(json!({"params": {"body": "line of text\n".repeat(400)}})));
    assert!(!text.contains("too long"));
}

#[test]
fn every_end_has_its_own_words_and_names_who_decided() {
    let vote = |who: &str| json!({"by": who, "at": asked()});
    let approved = json!({"status": "approved", "votes": [vote("slack:T1/U7"), vote("user:omar@acme.com")], "decided_at": asked(), "reason": "fine\nby me"});
    let denied =
        json!({"status": "denied", "reason_code": "denied_by_human", "decided_at": asked(), "reason": "no\u{202e}"});
    let cancelled = json!({"status": "denied", "reason_code": "cancelled", "decided_at": asked()});
    let undelivered = json!({"status": "denied", "reason_code": "delivery_failed", "decided_at": asked()});
    for (approval, said) in [
        (
            after(&["approved"], approved.clone()),
            "Approved by slack:T1/U7, user:omar@acme.com on 2026-11-22 06:00 UTC.",
        ),
        (after(&["approved"], approved), "fine\nby me"),
        (after(&["denied"], denied.clone()), "Denied by slack:T1/U8 on 2026-11-22 06:00 UTC."),
        (after(&["denied"], denied), "no⟨U+202E⟩"),
        (after(&["cancelled"], cancelled), "Cancelled by slack:T1/U8 on"),
        (after(&["denied"], undelivered), "could not be delivered"),
    ] {
        let (text, _) = drawn(&approval);
        assert!(text.contains(said), "{said} in {text}");
        assert!(text.contains("Action: gmail.send") && text.contains("Request: appr_") && !text.contains("Expires on"));
    }
    let late = Notice { now: "2026-11-22T07:00:00Z".parse().unwrap(), ..notice(&sample(json!({}))) }.now;
    let open = sample(json!({}));
    let (text, _) = read(&message(&Notice { now: late, ..notice(&open) }, None));
    assert!(text.contains("Expired on 2026-11-22 07:00 UTC: nobody decided in time."));
}

#[test]
fn only_what_changes_what_is_asked_and_the_end_are_told_after_the_request() {
    let seen = |seq| Some(PostedUpTo { seq, ended: false });
    let told = |approval: &Approval, seen| due(&notice(approval), seen).map(|message| read(&message).0);
    assert!(told(&sample(json!({})), None).is_some());
    assert_eq!(told(&sample(json!({})), seen(1)), None);
    for quiet in [["vote_cast"], ["persona_acked"]] {
        assert_eq!(told(&after(&quiet, json!({})), seen(1)), None);
    }
    for (event, said) in [
        ("edited", "The request was edited by slack:T1/U8"),
        ("escalated", "The request was escalated by slack:T1/U8"),
        ("personas_changed", "The policy changed who must acknowledge"),
    ] {
        let changed = after(&[event, "vote_cast"], json!({}));
        assert!(told(&changed, seen(1)).unwrap().starts_with(said));
        assert_eq!(told(&changed, seen(2)), None);
    }
    let ended = after(&["edited", "denied"], json!({"status": "denied", "decided_at": asked()}));
    assert!(told(&ended, seen(1)).unwrap().contains("Denied by slack:T1/U8"));
    assert!(told(&ended, None).unwrap().contains("Denied by slack:T1/U8"));
    let later = after(&["approved", "executed"], json!({"status": "approved"}));
    assert_eq!(told(&later, Some(PostedUpTo { seq: 2, ended: true })), None);
}

#[test]
fn what_was_seen_survives_being_kept() {
    for seen in [PostedUpTo { seq: 7, ended: false }, PostedUpTo { seq: 8, ended: true }] {
        assert_eq!(PostedUpTo::at(&seen.told()), seen);
    }
    assert_eq!(PostedUpTo::at(&Default::default()), PostedUpTo { seq: 0, ended: false });
}
