//! Somebody deletes a card: after the end nothing is lost by it, and while people are still asked it is posted once more.

use crate::harness::watching::Watch;
use crate::harness::{Asked, Start};
use crate::journeys::connectors::stage::jira;
use crate::journeys::slack::stage::{Stage, by_hand};
use serde_json::{Value, json};
use standins::jira::JiraStandin;

async fn stage(watch: &Watch) -> Stage {
    let stage = Stage::with(Start::fresh().at(by_hand()).watched(watch)).await;
    stage.ask("plain.first", json!({})).await;
    stage
}

fn calls(stage: &Stage, name: &str) -> usize {
    stage.slack.calls().iter().filter(|call| *call == name).count()
}

/// What connectors did for a request, and what was said of it.
async fn activity(stage: &Stage, asked: &Asked) -> Vec<String> {
    let text = |a: &Value, key: &str| a[key].as_str().unwrap_or_default().to_owned();
    let all = stage.system.activities(asked).await;
    all.iter().map(|a| format!("{} {}", text(a, "event"), text(a, "message"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_was_deleted_is_not_missed_after_the_end() {
    let watch = Watch::default();
    let stage = stage(&watch).await;
    let (asked, card) = stage.ask("plain.x", json!({})).await;
    stage.slack.delete(&card);
    stage.click(&card, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    let (posts, updates) = (calls(&stage, "chat.postMessage"), calls(&stage, "chat.update"));
    stage.system.minutes(4).await;
    assert_eq!((calls(&stage, "chat.postMessage"), calls(&stage, "chat.update")), (posts, updates), "it is over");
    assert_eq!((stage.system.dead_letters().await, stage.cards(&asked).len()), (Vec::new(), 0));
    let said = activity(&stage, &asked).await;
    let skipped =
        |line: &String| line.starts_with("dispatch_skipped chat.update: message_not_found") && line.contains("ended");
    assert!(said.iter().any(skipped), "{said:?}");
    let counted = watch.text().concat();
    assert!(counted.contains("DeliveriesSucceeded") && !counted.contains("DeliveriesFailed"), "nobody is alarmed");
    assert!(!counted.contains("DeadLetters"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_deleted_while_people_are_asked_is_posted_once_more() {
    let watch = Watch::default();
    let stage = stage(&watch).await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    stage.slack.delete(&card);
    stage.click(&card, "approve", "UJANE").await;
    let again = stage.card(&asked);
    assert!(again.reads().contains("1 of 2 approvals") && again.ts != card.ts, "{}", again.reads());
    let said = activity(&stage, &asked).await;
    assert!(said.iter().any(|line| line.contains("message_not_found") && line.contains("posted again")), "{said:?}");

    // Deleted again, nobody wants it there: it waits in the console.
    stage.slack.delete(&again);
    let jane = stage.system.key("user:jane@acme.com", &["approver"]).await;
    let edit = json!({ "decision": "approved", "modified_action": { "note": "changed" } });
    assert_eq!(stage.system.resolve(&jane, &asked.id, edit).await.0, 200);
    stage.system.settle().await;
    stage.system.minutes(4).await;
    assert_eq!(stage.cards(&asked).len(), 0);
    let said = activity(&stage, &asked).await;
    assert!(said.last().unwrap().starts_with("fallback_to_ui"), "{said:?}");
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval", "it is not closed by that");
    assert_eq!(stage.system.dead_letters().await, Vec::<Value>::new());
    let counted = watch.text().concat();
    assert!(!counted.contains("DeliveriesFailed") && !counted.contains("DeadLetters"));
    let omar = stage.system.key("user:omar@acme.com", &["approver"]).await;
    assert_eq!(stage.system.resolve(&omar, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_the_card_that_was_posted_again_decides() {
    let stage = stage(&Watch::default()).await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    stage.slack.delete(&card);
    stage.click(&card, "approve", "UJANE").await;
    stage.click(&stage.card(&asked), "approve", "UOMAR").await;
    let card = stage.card(&asked);
    assert!(card.latest().text.starts_with("Approved: ") && card.actions().is_empty(), "{}", card.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_deleted_is_made_again_or_not_missed() {
    let board = JiraStandin::start().await.unwrap();
    let policy = "people: { jane: [\"user:jane@acme.com\"], omar: [\"user:approver@localhost\"] }\n\
                  actions: { two: { approvers: { anyOf: [\"user:jane@acme.com\", \"user:approver@localhost\"], minApprovals: 2 } } }";
    let system = Start::fresh().at(by_hand()).under(policy).start().await;
    system.connector(jira("board", &board.url())).await;
    let asked = system.ask_and_settle("two", json!({})).await;
    let mine = || -> Vec<String> {
        let all = board.issues().into_iter().filter(|issue| !issue.key.is_empty() && issue.labels.contains(&asked.id));
        all.map(|issue| issue.key).collect()
    };
    let first = mine();
    board.delete(&first[0]);
    system.decide(&asked, "approved").await;
    let second = mine();
    assert!(second.len() == 1 && second != first, "{second:?}");
    board.delete(&second[0]);
    let jane = system.key("user:jane@acme.com", &["approver"]).await;
    assert_eq!(system.resolve(&jane, &asked.id, json!({ "decision": "denied" })).await.0, 200);
    system.settle().await;
    system.minutes(2).await;
    assert_eq!((mine(), system.dead_letters().await), (Vec::new(), Vec::new()));
}
