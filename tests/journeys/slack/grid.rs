//! Slack's larger organisations: members of several workspaces, an app installed for all of them, a policy that changes meanwhile.

use crate::harness::{POLICY, Start};
use crate::journeys::slack::stage::Stage;
use serde_json::{Value, json};
use standins::slack::User;

const GRID: &str = r#"
routing: { defaultChannel: C0GRID }
personas: { security: ["slack:T0OTHER/USEC"] }
actions:
  plain.run: { approvers: { anyOf: ["slack:T0OTHER/UPAT", "slack:UJANE"] } }
  checked.run: { approvers: { anyOf: ["slack:UJANE"] }, requiredPersonas: [security] }
  quorum.run: { approvers: { anyOf: ["slack:T0OTHER/UPAT", "slack:UJANE"], minApprovals: 2 } }
"#;

async fn stage() -> Stage {
    Stage::with(Start::fresh().under(GRID)).await
}

fn of_the_other(user: &str) -> User {
    User::foreign("T0OTHER", user)
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_policy_names_by_their_very_team_counts_where_they_click_and_a_bare_id_does_not() {
    let stage = stage().await;
    let (asked, card) = stage.ask("plain.run", json!({ "secret": "for members" })).await;
    for action in ["approve", "deny", "more_info"] {
        stage.unmoved(&asked, stage.click(&card, action, of_the_other("UJANE"))).await;
        let told = stage.last_told("UJANE");
        assert!(
            told.contains("only members of the workspace") && told.contains("you are slack:T0OTHER/UJANE"),
            "{told}"
        );
    }
    assert_eq!(stage.slack.views().len(), 0, "a stranger is shown no details");
    stage.click(&card, "approve", of_the_other("UPAT")).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    assert_eq!(stage.inbox(&asked).await["history"][1]["by"], "slack:T0OTHER/UPAT");
    let (asked, card) = stage.ask("plain.run", json!({})).await;
    stage.click(&card, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_from_another_team_does_not_let_that_teams_bare_ids_in() {
    let stage = stage().await;
    let (asked, card) = stage.ask("quorum.run", json!({})).await;
    stage.click(&card, "approve", of_the_other("UPAT")).await;
    assert_eq!(stage.inbox(&asked).await["approvals"], 1);
    stage.unmoved(&asked, stage.click(&card, "approve", of_the_other("UJANE"))).await;
    // Named without a team from now on: the vote that came from another team no longer counts.
    stage.system.put_policy(&GRID.replace("slack:T0OTHER/UPAT", "slack:UPAT")).await;
    stage.click(&card, "approve", "UJANE").await;
    assert_eq!(stage.inbox(&asked).await["approvals"], 1, "Jane's own");
    assert_eq!(stage.system.poll(&asked.token).await["status"], "ready_for_approval");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_of_another_team_acknowledges_where_they_click() {
    let stage = stage().await;
    let (asked, card) = stage.ask("checked.run", json!({})).await;
    stage.check(&card, &["security"], of_the_other("USEC")).await;
    let ready = stage.card(&asked);
    stage.click(&ready, "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_through_an_app_of_the_whole_organisation_is_told_what_to_do() {
    let stage = stage().await;
    let (asked, card) = stage.ask("plain.run", json!({})).await;
    let org_wide = |p: &mut Value| {
        (p["team"], p["is_enterprise_install"], p["enterprise"]) = (Value::Null, json!(true), json!({ "id": "E0ORG" }));
    };
    let click = stage.altered(&stage.slack.click(&card, "approve", "UJANE").unwrap(), org_wide);
    stage.unmoved(&asked, stage.send(&click)).await;
    let told = stage.last_told("UJANE");
    assert!(told.contains("installed for your whole organisation"), "{told}");
    // Unsigned it is nothing but a bad signature, and without the organisation's word no team is a fault.
    assert_eq!(stage.post(&click.clone().unsigned()).await.0, 400);
    let nowhere = stage.altered(&stage.slack.click(&card, "approve", "UJANE").unwrap(), |p| p["team"] = Value::Null);
    assert_eq!(stage.post(&nowhere).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_that_the_policy_has_come_to_require_shows_on_the_card() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("plain.post", json!({})).await;
    let with = "\"plain.*\":\n    requiredPersonas: [security]\n";
    stage.system.put_policy(&POLICY.replace("\"plain.*\":\n", with)).await;
    stage.system.settle().await;
    let shown = stage.card(&asked);
    assert!(!shown.actions().contains(&"approve".to_owned()), "{}", shown.reads());
    // The card as it was before: a person who clicks on it gets a message.
    let stale = stage.slack.click(&card, "approve", "UJANE").unwrap();
    stage.send(&stale).await;
    assert!(stage.last_told("UJANE").contains("security must acknowledge"), "{:?}", stage.told("UJANE"));
    assert_eq!(stage.system.poll(&asked.token).await["status"], "awaiting_personas");
    stage.check(&shown, &["security"], "USEC").await;
    stage.click(&stage.card(&asked), "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}
