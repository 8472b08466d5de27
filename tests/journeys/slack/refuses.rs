//! People who may not decide, who come too late, or who saw another version: they get a message, and nothing changes.

use crate::harness::{POLICY, Start, body};
use crate::journeys::slack::stage::{Stage, by_hand, mail};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{SignedRequest, User};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_the_policy_does_not_name_is_told_and_nothing_changes() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    for action in ["approve", "approve_edit", "deny", "deny_with_reason"] {
        stage.unmoved(&asked, stage.click(&card, action, "UEVE")).await;
        assert!(stage.last_told("UEVE").contains("policy does not"), "{action}: {:?}", stage.told("UEVE"));
    }
    assert_eq!((stage.told("UEVE").len(), stage.slack.views().len()), (4, 0));
    // The message went to the click's own address, not by a call that needs the bot to be in the channel.
    assert!(!stage.slack.calls().contains(&"chat.postEphemeral".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_without_a_response_url_is_answered_all_the_same() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UEVE").unwrap();
    let click = stage.altered(&click, |p| drop(p.as_object_mut().unwrap().remove("response_url")));
    stage.unmoved(&asked, stage.send(&click)).await;
    assert!(stage.slack.calls().contains(&"chat.postEphemeral".to_owned()));
    assert_eq!(stage.told("UEVE").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_id_in_another_team_is_another_person() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    for action in ["approve", "deny", "more_info", "approve_edit"] {
        stage.unmoved(&asked, stage.click(&card, action, User::foreign("T0EVIL", "UJANE"))).await;
        assert!(stage.last_told("UJANE").contains("only members of the workspace"), "{:?}", stage.told("UJANE"));
    }
    assert_eq!(stage.slack.views().len(), 0, "a stranger is shown no details");
    let (asked, card) = stage.ask("persona.first", json!({})).await;
    stage.unmoved(&asked, stage.check(&card, &["security"], User::foreign("T0EVIL", "USEC"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_in_another_team_or_by_another_app_decides_nothing() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let team = |p: &mut Value| {
        p["team"]["id"] = json!("T0OTHER");
        p["user"]["team_id"] = json!("T0OTHER");
    };
    let app = |p: &mut Value| p["api_app_id"] = json!("A0OTHER");
    for elsewhere in [stage.altered(&click, team), stage.altered(&click, app)] {
        stage.unmoved(&asked, stage.send(&elsewhere)).await;
        assert!(stage.last_told("UJANE").contains("another Slack workspace or app"), "{:?}", stage.told("UJANE"));
    }
    // Nothing of what was shown leaks into it.
    assert!(!stage.told("UJANE").concat().contains("bob@acme.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_for_an_approval_that_is_not_there_is_told_so() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let other = stage.altered(&click, |p| {
        let value = p["actions"][0]["value"].as_str().unwrap().replace(&asked.id, "appr_00000000000000000000000000");
        p["actions"][0]["value"] = json!(value);
    });
    stage.unmoved(&asked, stage.send(&other)).await;
    assert!(stage.last_told("UJANE").contains("no such approval"), "{:?}", stage.told("UJANE"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_their_own_request_but_they_may_deny_it() {
    let stage = Stage::open().await;
    let mut asking = body("gmail.send", mail());
    asking["meta"]["requester"] = json!({ "id": "UJANE", "source": "slack", "display": "Jane" });
    let (asked, card) = stage.ask_for(asking).await;
    for action in ["approve", "approve_edit"] {
        stage.unmoved(&asked, stage.click(&card, action, "UJANE")).await;
        let told = stage.last_told("UJANE");
        assert!(told.contains("you cannot approve your own request; you may deny it"), "{action}: {told}");
    }
    let reason = stage.modal(&card, "deny_with_reason", "UJANE").await;
    stage.send(&stage.slack.submit(&reason, &[("reason", "I did not ask for this")], "UJANE")).await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reason"]), (&json!("denied"), &json!("I did not ask for this")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_click_has_no_effect_and_says_whom_it_still_waits_for() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    let vote = stage.slack.click(&card, "approve", "UJANE").unwrap();
    stage.send(&vote).await;
    for _ in 0..3 {
        stage.unmoved(&asked, stage.send(&vote)).await;
        assert_eq!(stage.last_told("UJANE"), "You approved; waiting for one of <@UOMAR>, user:root@acme.com.");
    }
    let told = stage.slack.ephemerals();
    let last = stage.slack.click(&card, "approve", "UOMAR").unwrap();
    stage.send(&last).await;
    for again in [&vote, &last, &last] {
        stage.unmoved(&asked, stage.send(again)).await;
    }
    assert_eq!(stage.slack.ephemerals(), told, "one's own decision again is no mistake");
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let deny = stage.slack.click(&card, "deny", "UJANE").unwrap();
    stage.send(&deny).await;
    stage.unmoved(&asked, stage.send(&deny)).await;
    assert_eq!(stage.slack.ephemerals(), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_what_is_no_longer_asked_is_told_and_the_card_shows_what_is() {
    let stage = Stage::open().await;
    let (asked, old) = stage.ask("quorum.two", json!({ "note": "harmless" })).await;
    let omar = stage.slack.click(&old, "approve", "UOMAR").unwrap();
    let view = stage.modal(&old, "approve_edit", "UJANE").await;
    stage.send(&stage.slack.submit(&view, &[("note", "changed")], "UJANE")).await;
    let fresh = stage.card(&asked);
    assert!(fresh.reads().contains("changed"), "{}", fresh.reads());

    stage.unmoved(&asked, stage.send(&omar)).await;
    assert!(stage.last_told("UOMAR").contains("changed since you saw it"), "{:?}", stage.told("UOMAR"));
    for action in ["deny", "approve_edit", "deny_with_reason"] {
        stage.unmoved(&asked, stage.click(&old, action, "UOMAR")).await;
        assert!(stage.last_told("UOMAR").contains("changed since you saw it"), "{action}");
    }
    stage.click(&fresh, "approve", "UOMAR").await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &json!({ "note": "changed" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_without_a_digest_is_not_believed_to_have_seen_anything() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    for value in [asked.id.clone(), format!("{}|", asked.id), String::new(), json!({ "id": asked.id }).to_string()] {
        let bare = stage.altered(&click, |p| p["actions"][0]["value"] = json!(value));
        stage.unmoved(&asked, async { assert_eq!(stage.post(&bare).await.0, 400, "{value}") }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_after_the_end_is_told_what_it_came_to() {
    let stage = Stage::open().await;
    for (end, word) in [("approve", "approved"), ("deny", "denied")] {
        let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
        let late: Vec<SignedRequest> =
            ["approve", "deny"].iter().filter_map(|a| stage.slack.click(&card, a, "UOMAR")).collect();
        let jane = stage.system.key("user:jane@acme.com", &["approver"]).await;
        let root = stage.system.key("user:root@acme.com", &["approver"]).await;
        if end == "approve" {
            stage.system.resolve(&root, &asked.id, json!({ "decision": "approved" })).await;
        }
        let decision = if end == "approve" { "approved" } else { "denied" };
        assert_eq!(stage.system.resolve(&jane, &asked.id, json!({ "decision": decision })).await.0, 200);
        stage.system.settle().await;
        for click in &late {
            stage.unmoved(&asked, stage.send(click)).await;
            assert!(stage.last_told("UOMAR").contains(&format!("already {word}")), "{:?}", stage.told("UOMAR"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_after_the_deadline_counts_for_nothing_even_before_the_sweep() {
    let stage = Stage::with(Start::fresh().at(by_hand())).await;
    let (asked, card) = stage.ask("short.lived", json!({})).await;
    stage.system.clock.advance(SignedDuration::from_millis(59_999));
    stage.click(&card, "approve", "UEVE").await;
    assert!(stage.last_told("UEVE").contains("does not name you"));
    stage.system.clock.advance(SignedDuration::from_millis(1));
    stage.click(&card, "approve", "UJANE").await;
    stage.click(&card, "deny", "UJANE").await;
    assert_eq!(stage.told("UJANE").len(), 2);
    assert!(stage.last_told("UJANE").contains("the time to decide is over"), "{:?}", stage.told("UJANE"));
    assert_eq!(stage.system.poll(&asked.token).await["status"], "expired");

    stage.system.sweep().await;
    let dead = stage.card(&asked);
    assert!(dead.latest().text.starts_with("Expired: ") && dead.actions().is_empty(), "{}", dead.reads());
    stage.unmoved(&asked, stage.click(&card, "approve", "UJANE")).await;
    assert!(stage.last_told("UJANE").contains("the time to decide is over"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_was_removed_is_out_at_once() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let old = "approvers: { anyOf: [\"slack:UJANE\", \"user:jane@acme.com\", \"user:approver@localhost\"] }";
    assert!(POLICY.contains(old));
    stage.system.put_policy(&POLICY.replacen(old, "approvers: { anyOf: [\"slack:UOMAR\"] }", 1)).await;
    stage.unmoved(&asked, stage.click(&card, "approve", "UJANE")).await;
    // The policy that the request was made under does not name Omar.
    stage.unmoved(&asked, stage.click(&card, "approve", "UOMAR")).await;
    assert!(stage.told("UJANE").len() == 1 && stage.told("UOMAR").len() == 1);
}
