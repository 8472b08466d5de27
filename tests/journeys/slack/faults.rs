//! Slack is slow, busy, broken or silent: people see what is in the end, and a decision is never lost or doubled.

use crate::harness::{Asked, Start};
use crate::journeys::slack::stage::{Stage, by_hand, mail};
use domain::{ApprovalId, Command, Workspace, apply};
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{Fault, Message, SlackStandin};
use std::time::{Duration, Instant};

/// A host at a clock of its own, whose Slack has said before whose token it is.
async fn stage() -> Stage {
    let stage = Stage::with(Start::fresh().at(by_hand())).await;
    stage.ask("plain.first", json!({})).await;
    stage
}

fn count(slack: &SlackStandin, call: &str) -> usize {
    slack.calls().iter().filter(|c| *c == call).count()
}

impl Stage {
    /// A minute goes by and the tenth that a round may come later, and the sweep runs.
    async fn minute(&self) {
        self.system.clock.advance(SignedDuration::from_secs(67));
        self.system.sweep().await;
    }

    async fn ask_despite(&self, fault: Fault) -> Asked {
        self.slack.fail_next(fault);
        let asked = self.system.ask("gmail.send", mail()).await;
        self.system.settle().await;
        asked
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_wait_that_slack_asks_for_is_waited_out() {
    let stage = stage().await;
    let began = Instant::now();
    let asked = stage.ask_despite(Fault::RateLimited(1)).await;
    assert!(began.elapsed() >= Duration::from_secs(1), "asked to be left alone for a second");
    let card = stage.card(&asked);
    stage.slack.fail_next(Fault::RateLimited(1));
    stage.click(&card, "approve", "UJANE").await;
    assert!(stage.card(&asked).latest().text.starts_with("Approved: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_in_a_minute_and_posted_once() {
    for fault in [
        Fault::RateLimited(30),
        Fault::ServerError,
        Fault::Reset,
        Fault::Rubbish,
        Fault::Error("internal_error"),
        Fault::Error("ratelimited"),
    ] {
        let stage = stage().await;
        let asked = stage.ask_despite(fault.clone()).await;
        assert_eq!(stage.cards(&asked).len(), 0, "{fault:?}");
        stage.system.sweep().await;
        assert_eq!(stage.cards(&asked).len(), 0, "{fault:?}: not before a minute is over");
        for _ in 0..3 {
            stage.minute().await;
        }
        let card = stage.card(&asked);
        stage.click(&card, "approve", "UJANE").await;
        assert!(stage.card(&asked).latest().text.starts_with("Approved: "), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_that_slack_asks_for_is_respected() {
    let stage = stage().await;
    let asked = stage.ask_despite(Fault::RateLimited(150)).await;
    let posts = count(&stage.slack, "chat.postMessage");
    for _ in 0..2 {
        stage.minute().await;
        assert_eq!(count(&stage.slack, "chat.postMessage"), posts, "Slack asked to be left alone");
    }
    stage.minute().await;
    stage.card(&asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_is_not_repeated_and_the_request_waits_in_the_inbox() {
    let stage = stage().await;
    let asked = stage.ask_despite(Fault::Error("is_archived")).await;
    let posts = count(&stage.slack, "chat.postMessage");
    for _ in 0..5 {
        stage.minute().await;
    }
    assert_eq!(count(&stage.slack, "chat.postMessage"), posts);
    let decision = json!({ "decision": "approved" });
    assert_eq!(stage.system.resolve(&stage.system.keys.approver, &asked.id, decision).await.0, 200);
    stage.system.settle().await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    assert_eq!(count(&stage.slack, "chat.postMessage"), posts, "nobody is asked what is decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_say_whose_it_is_yet_is_tried_again() {
    let stage = Stage::with(Start::fresh().at(by_hand())).await;
    let asked = stage.ask_despite(Fault::ServerError).await;
    assert_eq!(stage.slack.calls(), ["auth.test"]);
    stage.minute().await;
    stage.click(&stage.card(&asked), "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_fails_is_made_good_by_the_sweep() {
    for fault in [Fault::ServerError, Fault::Reset, Fault::RateLimited(30), Fault::Rubbish] {
        let stage = stage().await;
        let (asked, card) = stage.ask("gmail.send", mail()).await;
        // The last update is tried without the lease, then under it.
        stage.slack.fail_next(fault.clone());
        stage.slack.fail_next(fault.clone());
        stage.click(&card, "approve", "UJANE").await;
        assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
        stage.minute().await;
        stage.minute().await;
        let card = stage.card(&asked);
        assert!(card.latest().text.starts_with("Approved: ") && card.actions().is_empty(), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_somebody_deleted_hinders_no_decision() {
    let stage = stage().await;
    let (asked, card) = stage.ask("quorum.two", json!({})).await;
    (0..4).for_each(|_| stage.slack.fail_next(Fault::Error("message_not_found")));
    for who in ["UJANE", "UOMAR"] {
        stage.click(&card, "approve", who).await;
    }
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    stage.card(&asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_never_answered_is_given_up_and_made_again() {
    let stage = stage().await;
    let asked = stage.ask_despite(Fault::Hang).await;
    assert_eq!(stage.cards(&asked).len(), 0);
    stage.minute().await;
    stage.card(&asked);
}

/// The card says who decided, there is one of it, and it stays so.
async fn assert_ended(stage: &Stage, asked: &Asked) {
    for _ in 0..3 {
        let card = stage.card(asked);
        assert!(card.latest().text.starts_with("Approved: ") && card.actions().is_empty(), "{}", card.reads());
        assert!(card.reads().contains("UJANE"));
        stage.minute().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_on_a_card_that_we_do_not_know_works_and_teaches_its_address() {
    let stage = stage().await;
    let asked = stage.ask_despite(Fault::SucceedSilently).await;
    let card = stage.card(&asked);
    stage.unmoved(&asked, stage.click(&card, "approve", "UEVE")).await;
    assert!(stage.last_told("UEVE").contains("does not name you"));
    stage.minute().await;
    // What was learnt from the click that was refused keeps a second card from being posted.
    stage.click(&stage.card(&asked), "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    assert_ended(&stage, &asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_while_the_answer_to_the_post_is_still_awaited_teaches_the_address_too() {
    let stage = stage().await;
    stage.slack.fail_next(Fault::SucceedSilently);
    let asked = stage.system.ask("gmail.send", mail()).await;
    assert!(
        stage
            .slack
            .wait_for(|all| all.iter().any(|m| m.latest().blocks.iter().any(|b| b.to_string().contains(&asked.id))))
            .await
    );
    stage.click(&stage.card(&asked), "approve", "UJANE").await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
    assert_ended(&stage, &asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_click_while_the_answer_is_awaited_keeps_a_second_card_away() {
    let stage = stage().await;
    stage.slack.fail_next(Fault::SucceedSilently);
    let asked = stage.system.ask("gmail.send", mail()).await;
    assert!(
        stage
            .slack
            .wait_for(|all| all.iter().any(|m| m.latest().blocks.iter().any(|b| b.to_string().contains(&asked.id))))
            .await
    );
    stage.click(&stage.card(&asked), "approve", "UEVE").await;
    stage.minute().await;
    stage.click(&stage.card(&asked), "approve", "UJANE").await;
    assert_ended(&stage, &asked).await;
}

/// Twenty people must agree.
fn twenty() -> String {
    let people: Vec<String> = (0..20).map(|i| format!("\"slack:U{i:02}\"")).collect();
    format!(
        "routing: {{ defaultChannel: C0123 }}\nactions:\n  big.quorum:\n    approvers: {{ anyOf: [{}], minApprovals: 20 }}\n",
        people.join(", ")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_changes_ends_with_the_newest_and_costs_few_updates() {
    let stage = Stage::with(Start::fresh().under(&twenty())).await;
    let (asked, card) = stage.ask("big.quorum", json!({ "note": "n" })).await;
    // The first update is held back until all have clicked.
    stage.slack.fail_next(Fault::Late);
    let clicks: Vec<_> =
        (0..20).map(|i| stage.slack.click(&card, "approve", format!("U{i:02}").as_str()).unwrap()).collect();
    let answers = futures::future::join_all(clicks.iter().map(|click| stage.post(click))).await;
    assert!(answers.iter().all(|a| *a == (200, Value::Null)), "{answers:?}");
    stage.slack.let_go();
    stage.system.settle().await;
    let card = stage.card(&asked);
    assert!(
        card.reads().contains("20 of 20 approvals") && card.latest().text.starts_with("Approved: "),
        "{}",
        card.reads()
    );
    assert!(card.actions().is_empty());
    let updates = count(&stage.slack, "chat.update");
    assert!(updates <= 6, "{updates} updates for 20 changes");
    assert_eq!(
        stage.system.poll(&asked.token).await["seq"],
        stage.inbox(&asked).await["history"].as_array().unwrap().len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bursts_over_many_cards_leave_each_at_its_newest() {
    let stage = Stage::with(Start::fresh().under(&twenty())).await;
    let mut cards = Vec::new();
    for _ in 0..3 {
        cards.push(stage.ask("big.quorum", json!({})).await);
    }
    let clicks: Vec<_> = (0..10)
        .flat_map(|i| cards.iter().map(move |(_, card)| (card, format!("U{i:02}"))))
        .map(|(card, user)| stage.slack.click(card, "approve", user.as_str()).unwrap())
        .collect();
    let answers = futures::future::join_all(clicks.iter().map(|click| stage.post(click))).await;
    assert!(answers.iter().all(|a| *a == (200, Value::Null)), "{answers:?}");
    assert_eq!(stage.slack.ephemerals(), []);
    stage.system.settle().await;
    for (asked, _) in &cards {
        assert_eq!(stage.inbox(asked).await["approvals"], 10);
        let card = stage.card(asked);
        assert!(card.reads().contains("10 of 20 approvals"), "{}", card.reads());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_picture_that_arrives_late_does_not_stay() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    // The picture of the first vote is still on its way when the second ends it.
    stage.slack.fail_next(Fault::Late);
    let vote = stage.slack.click(&card, "approve", "UJANE").unwrap();
    assert_eq!(stage.post(&vote).await, (200, Value::Null));
    assert!(stage.slack.wait_until(|slack| count(slack, "chat.update") == 1).await);
    let last = stage.slack.click(&card, "approve", "UOMAR").unwrap();
    assert_eq!(stage.post(&last).await, (200, Value::Null));
    stage.slack.let_go();
    stage.system.settle().await;
    let card = stage.card(&asked);
    assert!(card.latest().text.starts_with("Approved: ") && card.actions().is_empty(), "{}", card.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ending_that_arrives_late_does_not_hide_what_came_of_it() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("plain.x", json!({})).await;
    stage.slack.fail_next(Fault::Late);
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    assert_eq!(stage.post(&click).await, (200, Value::Null));
    assert!(stage.slack.wait_until(|slack| count(slack, "chat.update") == 1).await);

    let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&asked.id).unwrap());
    let store = &stage.system.gate.store;
    let approved = store.get_approval(&workspace, &id).await.unwrap().unwrap();
    let outcome = json!({ "status": "succeeded", "result": "sent" });
    let outcome = Command::ReportExecution {
        by: Some(approved.asked_by.clone()),
        outcome: serde_json::from_value(outcome).unwrap(),
        fingerprint: None,
    };
    let applied = apply(&approved, outcome, stage.system.clock.now()).unwrap();
    store.replace_approval(approved.version, &applied.approval, None).await.unwrap();
    let tells = |m: &Message| m.reads().contains("Execution\n succeeded");
    assert!(stage.slack.wait_for(|all| all.iter().any(tells)).await);
    stage.slack.let_go();
    stage.system.settle().await;
    let card = stage.card(&asked);
    assert!(tells(&card), "{}", card.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_is_answered_in_time_however_slow_its_own_api_is() {
    let stage = stage().await;
    let (asked, card) = stage.ask("quorum.two", json!({ "note": "n" })).await;
    let in_time = async |what: &str, click: &str, user: &str| {
        let click = stage.slack.click(&card, click, user).unwrap();
        let began = Instant::now();
        assert_eq!(stage.post(&click).await.0, 200);
        assert!(began.elapsed() < Duration::from_millis(2_900), "{what}: {:?}", began.elapsed());
    };
    stage.slack.fail_next(Fault::Hang);
    in_time("telling", "approve", "UEVE").await;
    stage.slack.fail_next(Fault::Hang);
    stage.slack.fail_next(Fault::Hang);
    in_time("opening a modal, and telling that it did not open", "more_info", "UJANE").await;

    // A card that lags behind, and a click on it.
    let root = stage.system.key("user:root@acme.com", &["approver"]).await;
    (0..2).for_each(|_| stage.slack.fail_next(Fault::ServerError));
    for key in [&root, &stage.system.key("user:jane@acme.com", &["approver"]).await] {
        assert_eq!(stage.system.resolve(key, &asked.id, json!({ "decision": "approved" })).await.0, 200);
        stage.system.settle().await;
    }
    (0..3).for_each(|_| stage.slack.fail_next(Fault::Hang));
    in_time("updating a stale card", "approve", "UOMAR").await;
    let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&asked.id).unwrap());
    let found = stage.system.gate.store.get_approval_with_deliveries(&workspace, &id).await.unwrap().unwrap();
    let card = found.1.into_iter().find(|delivery| delivery.connector == "slack").unwrap();
    assert!(card.leased_until.is_some_and(|until| until <= stage.system.clock.now()), "nobody is left holding it");
    stage.system.settle().await;
    // Slack hangs once more for each call that is left of the three; a timer starts one attempt.
    for _ in 0..3 {
        stage.minute().await;
    }
    let card = stage.card(&asked);
    assert!(card.latest().text.starts_with("Approved: "), "{}", card.reads());
}
