//! People decide in Slack, and everybody learns.

use crate::harness::{PATIENCE, body};
use crate::journeys::slack::stage::{Stage, mail};
use serde_json::{Value, json};

/// The last state of a stream that has ended.
fn last_state(stream: &str) -> Value {
    let data = stream.lines().rev().find_map(|l| l.strip_prefix("data:")).unwrap();
    serde_json::from_str(data).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_approves_and_agent_stream_and_card_all_say_so() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    assert_eq!(card.channel, "C0123");
    assert_eq!(card.actions(), ["approve", "approve_edit", "deny", "deny_with_reason", "more_info", "open_console"]);
    let stream = stage.system.request("GET", &format!("/api/guard/wait?token={}", asked.token)).send().await.unwrap();
    stage.click(&card, "approve", "UJANE").await;

    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["approvers"]), (&json!("approved"), &json!(["UJANE"])));
    assert_eq!(told["decisionParams"], mail());
    let streamed = tokio::time::timeout(PATIENCE, stream.text()).await.unwrap().unwrap();
    let last = last_state(&streamed);
    assert_eq!((&last["status"], &last["decisionParams"]), (&json!("approved"), &mail()));

    let card = stage.card(&asked);
    assert_eq!(card.actions(), Vec::<String>::new(), "an ended card offers nothing");
    assert!(card.latest().text.starts_with("Approved: "), "{}", card.latest().text);
    assert!(card.reads().contains("UJANE"), "{}", card.reads());
    assert_eq!(stage.slack.ephemerals(), [], "a decision shows on the card, and is not told besides");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_an_event_is_delivered_there_is_one_card() {
    let stage = Stage::open().await;
    let asked = stage.system.ask("gmail.send", mail()).await;
    let event = json!({ "detail-type": "approval.requested", "detail": { "workspace": "default", "id": asked.id } });
    (0..8).for_each(|_| stage.system.invoker.invoke("DispatchFunction", event.clone()));
    stage.system.settle().await;
    (0..4).for_each(|_| stage.system.invoker.invoke("DispatchFunction", event.clone()));
    stage.system.settle().await;
    let posts = || stage.slack.calls().iter().filter(|c| *c == "chat.postMessage").count();
    assert_eq!(posts(), 1);

    stage.click(&stage.card(&asked), "approve", "UJANE").await;
    let shown = stage.card(&asked).versions.len();
    (0..8).for_each(|_| stage.system.invoker.invoke("DispatchFunction", event.clone()));
    stage.system.settle().await;
    assert_eq!((posts(), stage.card(&asked).versions.len()), (1, shown), "a late event draws nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_are_needed_and_one_person_twice_is_not_two() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    assert!(card.reads().contains("0 of 2 approvals"), "{}", card.reads());
    stage.click(&card, "approve", "UJANE").await;
    let half = stage.card(&asked);
    assert!(half.reads().contains("1 of 2 approvals"), "{}", half.reads());
    assert!(half.reads().contains("UJANE"), "{}", half.reads());
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");

    stage.unmoved(&asked, stage.click(&half, "approve", "UJANE")).await;
    stage.unmoved(&asked, stage.click(&card, "approve", "UJANE")).await;

    // The card from before the first vote shows the same request, so the second person need not look again.
    stage.click(&card, "approve", "UOMAR").await;
    let told = stage.system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["approvers"]), (&json!("approved"), &json!(["UJANE", "UOMAR"])));
    let done = stage.card(&asked);
    assert!(done.reads().contains("2 of 2 approvals") && done.actions().is_empty(), "{}", done.reads());
    assert!(done.reads().contains("UJANE") && done.reads().contains("UOMAR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_by_slack_and_by_key_counts_once() {
    let stage = Stage::open().await;
    let jane = stage.system.key("user:jane@acme.com", &["approver"]).await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    stage.click(&card, "approve", "UJANE").await;
    let (status, answer) = stage.system.resolve(&jane, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!((status, &answer["status"], &answer["approvals"]), (200, &json!("pending"), &json!(1)), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_before_the_personas_have_acknowledged() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("persona.first", json!({ "note": "n" })).await;
    assert_eq!(asked.answer["status"], "awaiting_personas");
    assert_eq!(card.actions(), ["persona_ack", "deny", "deny_with_reason", "more_info", "open_console"]);
    assert!(card.reads().contains("Acknowledge as security"), "{}", card.reads());

    // A person who may not acknowledge gets a message, even one who may approve.
    for wrong in ["UJANE", "UEVE"] {
        stage.unmoved(&asked, stage.check(&card, &["security"], wrong)).await;
        assert!(stage.last_told(wrong).contains("does not let you acknowledge as security"), "{:?}", stage.told(wrong));
    }
    // A forged button does not help.
    let deny = stage.slack.click(&card, "deny", "UJANE").unwrap();
    let approve = stage.altered(&deny, |p| p["actions"][0]["action_id"] = json!("approve"));
    stage.unmoved(&asked, stage.send(&approve)).await;
    assert!(stage.last_told("UJANE").contains("security must acknowledge before"), "{:?}", stage.told("UJANE"));

    stage.check(&card, &["security"], "USEC").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");
    let ready = stage.card(&asked);
    assert_eq!(ready.actions(), ["approve", "approve_edit", "deny", "deny_with_reason", "more_info", "open_console"]);
    assert!(ready.reads().contains("Acknowledged as security by \nUSEC"), "{}", ready.reads());
    stage.click(&ready, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_acknowledges_by_a_button_of_its_name_as_well() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("persona.first", json!({ "note": "n" })).await;
    let button = |name: &str, user: &str| {
        let deny = stage.slack.click(&card, "deny", user).unwrap();
        stage.altered(&deny, |p| p["actions"][0]["action_id"] = json!(format!("persona_ack:{name}")))
    };
    stage.unmoved(&asked, stage.send(&button("security", "UJANE"))).await;
    stage.unmoved(&asked, stage.send(&button("legal", "USEC"))).await;
    stage.unmoved(&asked, stage.send(&button("", "USEC"))).await;
    stage.send(&button("security", "USEC")).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");
    assert_eq!(stage.inbox(&asked).await["history"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unticked_box_says_nothing() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("persona.first", json!({ "note": "n" })).await;
    stage.unmoved(&asked, stage.check(&card, &[], "USEC")).await;
    assert_eq!(stage.slack.ephemerals(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_deny_ends_it_from_any_open_status() {
    let stage = Stage::open().await;
    for (action, who) in [("gmail.send", "UJANE"), ("quorum.two", "UOMAR"), ("persona.first", "USEC")] {
        let (asked, card) = stage.ask(action, json!({ "note": "n" })).await;
        stage.click(&card, "deny", who).await;
        let told = stage.system.poll(&asked.token).await;
        assert_eq!((&told["status"], &told["reasonCode"]), (&json!("denied"), &json!("denied_by_human")), "{action}");
        let dead = stage.card(&asked);
        assert!(!dead.actions().iter().any(|a| a != "re_request"), "{:?}", dead.actions());
        assert!(dead.reads().contains(&format!("Denied\n by \n{who}")), "{}", dead.reads());
        assert!(dead.latest().text.starts_with("Denied: "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_by_another_door_shows_on_the_card() {
    let stage = Stage::open().await;
    let approver = stage.system.keys.approver.clone();
    let (asked, _) = stage.ask("gmail.send", mail()).await;
    let (status, _) = stage.system.resolve(&approver, &asked.id, json!({ "decision": "approved" })).await;
    stage.system.settle().await;
    let card = stage.card(&asked);
    assert!(status == 200 && card.reads().contains("user:approver@localhost"), "{}", card.reads());
    assert!(card.actions().is_empty() && card.latest().text.starts_with("Approved: "));

    let (asked, _) = stage.ask("gmail.send", mail()).await;
    let denial = json!({ "decision": "denied", "comment": "not <!here> `today`" });
    assert_eq!(stage.system.resolve(&approver, &asked.id, denial).await.0, 200);
    stage.system.settle().await;
    let card = stage.card(&asked);
    assert!(card.reads().contains("not <!here> `today`"), "{}", card.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_many_hands_at_once_is_decided_once() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    let clicks = [("approve", "UJANE"), ("approve", "UOMAR"), ("approve", "UJANE"), ("deny", "UOMAR")];
    let clicks = clicks.map(|(action, user)| stage.slack.click(&card, action, user).unwrap());
    let answers = futures::future::join_all(clicks.iter().map(|click| stage.post(click))).await;
    assert!(answers.iter().all(|a| *a == (200, Value::Null)), "{answers:?}");
    stage.system.settle().await;
    let history = stage.inbox(&asked).await["history"].clone();
    let ends = |e: &&Value| e["event"] == "approved" || e["event"] == "denied";
    assert_eq!(history.as_array().unwrap().iter().filter(ends).count(), 1, "{history}");
    let status = stage.system.poll(&asked.token).await["status"].as_str().unwrap().to_owned();
    let card = stage.card(&asked);
    assert!(card.latest().text.to_lowercase().starts_with(&status) && card.actions().is_empty(), "{}", card.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_is_the_policys_and_never_the_agents() {
    let policy = crate::harness::POLICY.replace(
        "  never.do:",
        "  hinted.here:\n    allowedChannels: [C0HINTED]\n    approvers: { anyOf: [\"slack:UJANE\"] }\n  never.do:",
    );
    let stage = Stage::with(crate::harness::Start::fresh().under(&policy)).await;
    for (action, hint, channel) in [
        ("hinted.here", "C0HINTED", "C0HINTED"),
        ("hinted.here", "C0EVIL", "C0123"),
        ("gmail.send", "C0HINTED", "C0123"),
    ] {
        let mut asking = body(action, json!({}));
        asking["policyHints"] = json!({ "channel": hint });
        assert_eq!(stage.ask_for(asking).await.1.channel, channel, "{action} {hint}");
    }
}
