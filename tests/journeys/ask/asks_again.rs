//! A person clicks on the card of an ended approval, and so asks for the same again.

use crate::harness::{Asked, Start, body, told_of};
use crate::journeys::slack::stage::{Stage, by_hand, mail};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{Message, User};

const POLICY: &str = r#"
people: { jane: ["slack:UJANE", "user:jane@acme.com"], omar: ["slack:UOMAR", "user:omar@acme.com"] }
personas: { security: ["slack:USEC"] }
routing: { defaultChannel: C0123 }
actions:
  gmail.send:
    approvers: { anyOf: ["slack:UJANE", "user:jane@acme.com", "slack:UOMAR", "user:omar@acme.com"] }
    timeoutSec: 60
    redactParams: { mode: denylist, keys: ["bcc", "body.secret"] }
    allowReRequest: true
  rests:
    approvers: { anyOf: ["slack:UJANE", "slack:UOMAR"] }
    requiredPersonas: [security]
    timeoutSec: 60
    allowReRequest: true
    reRequestCooldownSec: 90
  never.again:
    approvers: { anyOf: ["slack:UJANE", "slack:UOMAR"] }
    timeoutSec: 60
"#;

async fn stage() -> Stage {
    Stage::with(Start::fresh().at(by_hand()).under(POLICY)).await
}

/// The re-request of a request: its card, and its wait answer.
pub async fn child(stage: &Stage, parent: &Asked) -> (Asked, Message) {
    let told = stage.system.poll(&parent.token).await["supersededBy"].clone();
    let text = |key: &str| told[key].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    let (id, token) = (text("requestId"), text("token"));
    let asked = Asked { answer: Value::Null, id, token };
    let named = stage.cards(&asked).into_iter().filter(|card| own(card, &asked)).collect::<Vec<_>>();
    let [card] = &named[..] else { panic!("{} cards", named.len()) };
    let card = card.clone();
    (asked, card)
}

/// Whether a card is a request's own, and not its parent's, which names it too.
fn own(card: &Message, asked: &Asked) -> bool {
    card.versions.iter().any(|v| v.blocks.iter().any(|b| b.to_string().contains(&format!("{}|", asked.id))))
}

/// The card of a request among those that name it.
fn card(stage: &Stage, asked: &Asked) -> Message {
    stage.cards(asked).into_iter().find(|card| own(card, asked)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_denied_card_it_makes_a_new_card_and_the_old_one_says_which() {
    let stage = stage().await;
    let mut events = stage.system.bus.listen();
    let (asked, first) = stage.ask("gmail.send", mail()).await;
    assert!(!first.actions().contains(&"re_request".to_owned()), "what is open is not asked again");
    stage.click(&first, "deny", "UJANE").await;
    let denied = stage.card(&asked);
    assert_eq!(denied.actions(), ["re_request"]);
    stage.click(&denied, "re_request", "UOMAR").await;

    let (again, fresh) = child(&stage, &asked).await;
    assert!(fresh.actions().contains(&"approve".to_owned()) && fresh.reads().contains(&asked.id), "{}", fresh.reads());
    assert!(!fresh.reads().contains("hunter2") && !fresh.reads().contains("boss@acme.com"), "{}", fresh.reads());
    let old = card(&stage, &asked);
    assert_eq!(old.actions(), Vec::<String>::new());
    assert!(old.reads().contains(&again.id) && old.latest().text.starts_with("Denied: "), "{}", old.reads());
    assert_eq!(stage.slack.ephemerals(), [], "it shows on the card, and is not told besides");

    // The person who asked again may not approve. Another person does, and the agent learns it by the old token.
    stage.click(&fresh, "approve", "UOMAR").await;
    assert!(stage.last_told("UOMAR").contains("your own request"), "{:?}", stage.told("UOMAR"));
    assert_eq!(stage.system.poll(&again.token).await["status"], "ready_for_approval");
    let omar = stage.system.key("user:omar@acme.com", &["approver"]).await;
    assert_eq!(stage.system.resolve(&omar, &again.id, json!({ "decision": "approved" })).await.0, 403);
    stage.click(&fresh, "approve", "UJANE").await;
    let told = stage.system.poll(&again.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &mail()));
    let told = told_of(&mut events, &[&asked.id, &again.id]);
    assert_eq!(told[0], ["approval.requested", "approval.denied", "approval.re_requested"]);
    assert_eq!(told[1], ["approval.requested", "approval.approved"]);
    let omar = format!("slack:{}/UOMAR", stage.slack.team());
    assert_eq!(stage.inbox(&asked).await["history"][2]["by"], omar);
    assert_eq!(stage.inbox(&again).await["history"][0]["by"], omar, "and not the agent, which did not ask this time");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_expired_card_and_on_a_cancelled_one_too() {
    let stage = stage().await;
    let (asked, _) = stage.ask("gmail.send", mail()).await;
    let (cancelled, _) = stage.ask("gmail.send", mail()).await;
    let cancel = json!({ "token": cancelled.token, "reason": "Not yet" });
    assert_eq!(stage.system.call("", "POST", "/api/guard/cancel", cancel).await.0, 200);
    stage.system.settle().await;
    let dead = stage.card(&cancelled);
    assert!(dead.latest().text.starts_with("Cancelled: ") && dead.reads().contains("Not yet"), "{}", dead.reads());
    assert_eq!(dead.actions(), ["re_request"]);
    stage.system.clock.advance(SignedDuration::from_secs(60));
    stage.system.sweep().await;
    let expired = stage.card(&asked);
    assert!(expired.latest().text.starts_with("Expired: "), "{}", expired.reads());
    assert_eq!(expired.actions(), ["re_request"]);
    for (asked, dead) in [(&asked, &expired), (&cancelled, &dead)] {
        stage.click(dead, "re_request", "UJANE").await;
        let (again, fresh) = child(&stage, asked).await;
        assert!(card(&stage, asked).actions().is_empty() && card(&stage, asked).reads().contains(&again.id));
        stage.click(&fresh, "approve", "UOMAR").await;
        assert_eq!(stage.system.poll(&again.token).await["decisionParams"], mail());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_it_is_clicked_there_is_one_child() {
    let stage = stage().await;
    let (asked, first) = stage.ask("gmail.send", mail()).await;
    stage.click(&first, "deny", "UJANE").await;
    let denied = stage.card(&asked);
    let clicks: Vec<_> = (0..8)
        .map(|n| stage.slack.click(&denied, "re_request", if n % 2 == 0 { "UJANE" } else { "UOMAR" }).unwrap())
        .collect();
    let answers = futures::future::join_all(clicks.iter().map(|click| stage.post(click))).await;
    assert!(answers.iter().all(|a| *a == (200, Value::Null)), "{answers:?}");
    stage.system.settle().await;
    let (again, _) = child(&stage, &asked).await;
    stage.click(&denied, "re_request", "UJANE").await;
    assert_eq!(stage.slack.calls().iter().filter(|c| *c == "chat.postMessage").count(), 2);
    assert_eq!(stage.inbox(&asked).await["history"].as_array().unwrap().len(), 3);
    let (_, all) = stage.system.get(&stage.system.keys.admin, "/approvals").await;
    assert_eq!(all["approvals"].as_array().unwrap().len(), 1);
    assert_eq!(all["approvals"][0]["approval_id"], again.id);
    assert_eq!(stage.slack.ephemerals(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_it_is_no_concern_of_is_told_so() {
    let stage = stage().await;
    let (asked, first) = stage.ask("gmail.send", mail()).await;
    stage.click(&first, "deny", "UJANE").await;
    let denied = stage.card(&asked);
    for (n, user) in [User::from("UEVE"), User::foreign("T0EVIL", "UEVE")].into_iter().enumerate() {
        stage.unmoved(&asked, stage.click(&denied, "re_request", user)).await;
        assert_eq!(stage.told("UEVE").len(), n + 1);
    }
    insta::assert_snapshot!(stage.told("UEVE").join("\n"));
    // A persona's own action it is no concern of either, until it is theirs.
    stage.unmoved(&asked, stage.click(&denied, "re_request", "USEC")).await;
    assert_eq!(stage.told("USEC").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_it_is_asked_for_may_ask_again_though_they_may_not_decide() {
    let stage = stage().await;
    let mut asking = body("gmail.send", mail());
    asking["meta"]["requester"] = json!({ "id": "USAM", "source": "slack", "display": "Sam" });
    let (asked, first) = stage.ask_for(asking).await;
    stage.click(&first, "deny", "UJANE").await;
    stage.click(&stage.card(&asked), "re_request", "USAM").await;
    let (again, fresh) = child(&stage, &asked).await;
    stage.click(&fresh, "approve", "USAM").await;
    assert_ne!(stage.last_told("USAM"), "");
    assert_eq!(stage.system.poll(&again.token).await["status"], "ready_for_approval");
    stage.click(&fresh, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&again.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_they_may_even_decide_whoever_it_is_asked_for_may_ask_again_too() {
    let policy = POLICY.replacen("allowReRequest: true", "allowReRequest: true\n    allowSelfApproval: true", 1);
    let stage = Stage::with(Start::fresh().at(by_hand()).under(&policy)).await;
    let mut asking = body("gmail.send", mail());
    asking["meta"]["requester"] = json!({ "id": "USAM", "source": "slack" });
    let (asked, first) = stage.ask_for(asking).await;
    stage.click(&first, "deny", "UJANE").await;
    stage.click(&stage.card(&asked), "re_request", "USAM").await;
    let (again, _) = child(&stage, &asked).await;
    assert_eq!((stage.told("USAM").len(), &stage.system.poll(&again.token).await["seq"]), (0, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_cooldown_is_over_whoever_clicks_is_told_how_long() {
    let stage = stage().await;
    let (asked, first) = stage.ask("rests", json!({ "n": 1 })).await;
    stage.click(&first, "deny", "USEC").await;
    let denied = stage.card(&asked);
    stage.unmoved(&asked, stage.click(&denied, "re_request", "UJANE")).await;
    stage.system.clock.advance(SignedDuration::from_secs(60));
    stage.unmoved(&asked, stage.click(&denied, "re_request", "USEC")).await;
    let told = [stage.told("UJANE"), stage.told("USEC")].concat().join("\n");
    insta::assert_snapshot!(told);
    stage.system.clock.advance(SignedDuration::from_secs(30));
    stage.click(&denied, "re_request", "USEC").await;
    let (again, fresh) = child(&stage, &asked).await;
    assert_eq!(stage.system.poll(&again.token).await["status"], "awaiting_personas");
    stage.check(&fresh, &["security"], "USEC").await;
    assert_eq!(stage.system.poll(&again.token).await["status"], "awaiting_personas", "nor does she acknowledge it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lineage_that_was_asked_too_often_is_told_so_in_a_sentence() {
    let stage = stage().await;
    let (asked, first) = stage.ask("gmail.send", mail()).await;
    let (mut asked, mut shown) = (asked, first);
    for _ in 0..5 {
        stage.click(&shown, "deny", "UJANE").await;
        stage.click(&card(&stage, &asked), "re_request", "UOMAR").await;
        (asked, shown) = child(&stage, &asked).await;
    }
    stage.click(&shown, "deny", "UJANE").await;
    let dead = card(&stage, &asked);
    stage.click(&dead, "re_request", "UOMAR").await;
    insta::assert_snapshot!(stage.told("UOMAR").join("\n"));
    assert_eq!(stage.system.poll(&asked.token).await.get("supersededBy"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_does_not_let_it_offers_no_button_and_a_button_from_before_is_refused() {
    let stage = stage().await;
    let (asked, first) = stage.ask("never.again", json!({})).await;
    stage.click(&first, "deny", "UJANE").await;
    assert_eq!(stage.card(&asked).actions(), Vec::<String>::new());
    let (asked, first) = stage.ask("gmail.send", mail()).await;
    stage.click(&first, "deny", "UJANE").await;
    let denied = stage.card(&asked);
    stage.system.put_policy(&POLICY.replacen("allowReRequest: true", "allowReRequest: false", 1)).await;
    stage.unmoved(&asked, stage.click(&denied, "re_request", "UJANE")).await;
    insta::assert_snapshot!(stage.told("UJANE").join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_agent_asks_again_the_old_card_says_so_as_well() {
    let stage = stage().await;
    let (asked, first) = stage.ask("gmail.send", mail()).await;
    stage.click(&first, "deny", "UJANE").await;
    let denied = stage.card(&asked);
    let again = json!({ "originalRequestId": asked.id, "actor": { "id": "demo", "source": "agent" } });
    assert_eq!(stage.system.call(&stage.system.keys.agent, "POST", "/api/guard/rerequest", again).await.0, 200);
    stage.system.settle().await;
    let (again, fresh) = child(&stage, &asked).await;
    assert!(card(&stage, &asked).actions().is_empty() && card(&stage, &asked).reads().contains(&again.id));
    // A click on the card of before finds the child, and makes no other.
    stage.click(&denied, "re_request", "UOMAR").await;
    assert_eq!(child(&stage, &asked).await.0.id, again.id);
    stage.click(&fresh, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&again.token).await["status"], "approved");
}
