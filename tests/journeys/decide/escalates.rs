//! The deadline is near and nobody has decided: the quorum is raised and more people are asked, once.

use crate::harness::{Asked, Start, System, told_of};
use crate::journeys::slack::stage::{Stage, by_hand};
use app::Clock;
use app::decide::escalate_approval::escalate_approval;
use domain::{ApprovalId, Workspace};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::Write;
use store::due::{Due, DueKind, minute_of};

const POLICY: &str = r#"
people:
  jane: ["slack:UJANE", "user:jane@acme.com"]
  omar: ["slack:UOMAR", "user:omar@acme.com"]
  pat: ["slack:UPAT", "user:pat@acme.com"]
routing: { defaultChannel: C0123, defaultTimeoutSec: 3600 }
defaults: { superApprovers: ["slack:UJANE", "user:jane@acme.com", "slack:UOMAR", "user:omar@acme.com", "slack:UPAT", "user:pat@acme.com"] }
actions:
  two.then.three:
    approvers: { minApprovals: 2 }
    timeoutSec: 240
    escalation: { escalateBeforeSec: 120, escalateMinApprovals: 3, channel: C0ONCALL }
  one.then.two:
    approvers: { minApprovals: 1 }
    timeoutSec: 240
    escalation: { escalateBeforeSec: 120, escalateMinApprovals: 2, channel: C0ONCALL }
  told.only:
    approvers: { minApprovals: 1 }
    timeoutSec: 240
    escalation: { escalateBeforeSec: 120, channel: C0ONCALL }
  by.agent:
    approvers: { minApprovals: 1 }
    escalation: { escalateBeforeSec: 300, escalateMinApprovals: 2 }
"#;

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

async fn at_ten() -> System {
    Start::fresh().at(Clock::manual("2026-11-22T10:00:30Z".parse().unwrap())).under(POLICY).start().await
}

async fn stage() -> Stage {
    Stage::with(Start::fresh().at(by_hand()).under(POLICY)).await
}

async fn shown(system: &System, asked: &Asked) -> Value {
    system.get(&system.keys.admin, &format!("/approvals/{}", asked.id)).await.1
}

async fn approve(system: &System, name: &str, asked: &Asked) -> Value {
    let key = system.key(&format!("user:{name}@acme.com"), &["approver"]).await;
    let (status, answer) = system.resolve(&key, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// What TTL removes, and everything that follows: the change that a removal causes is a record of its own.
async fn remove_by_ttl(system: &System) -> usize {
    let removed = system.engine.sweep_ttl().await.unwrap();
    system.settle().await;
    system.settle().await;
    removed
}

mod by_the_clock {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn before_its_time_nothing_happens_and_at_its_time_the_quorum_is_raised_once() {
        let system = at_ten().await;
        let mut events = system.bus.listen();
        let asked = system.ask("two.then.three", json!({})).await;
        system.sweep().await;
        system.clock.advance(seconds(120) - SignedDuration::from_millis(1));
        system.sweep().await;
        assert_eq!((remove_by_ttl(&system).await, &shown(&system, &asked).await["required"]), (0, &json!(2)));
        let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&asked.id).unwrap());
        assert!(
            escalate_approval(&system.gate, &workspace, &id).await.is_err(),
            "a caller whose clock is ahead tries again"
        );

        system.clock.advance(SignedDuration::from_millis(1));
        system.sweep().await;
        let one = shown(&system, &asked).await;
        assert_eq!((&one["required"], &one["status"], &one["approvals"]), (&json!(3), &json!("pending"), &json!(0)));
        let last = &one["history"][1];
        assert_eq!((&last["event"], last.get("by")), (&json!("escalated"), None));
        assert_eq!(last["note"], "3 must approve, also told in C0ONCALL");
        assert_eq!(system.poll(&asked.token).await["seq"], 2, "the waiting agent learns of the change");

        system.sweep().await;
        system.clock.advance(seconds(92));
        assert_eq!(remove_by_ttl(&system).await, 1, "the escalation's item");
        system.sweep().await;
        system.clock.advance(seconds(10));
        system.sweep().await;
        assert_eq!(told_of(&mut events, &[&asked.id]), [["approval.requested", "approval.escalated"]]);
        assert_eq!(shown(&system, &asked).await["required"], 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_removal_of_what_was_due_escalates_where_no_sweep_came() {
        let system = at_ten().await;
        let mut events = system.bus.listen();
        let asked = system.ask("two.then.three", json!({})).await;
        system.settle().await;
        system.clock.advance(seconds(212));
        assert_eq!(remove_by_ttl(&system).await, 1);
        assert_eq!(shown(&system, &asked).await["required"], 3);
        system.sweep().await;
        assert_eq!(remove_by_ttl(&system).await, 0);
        assert_eq!(told_of(&mut events, &[&asked.id]), [["approval.requested", "approval.escalated"]]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_due_before_its_approval_is_written_is_done_once_it_is() {
        let system = at_ten().await;
        let asked = system.ask("two.then.three", json!({})).await;
        system.clock.advance(seconds(120));
        let (store, workspace) = (&system.gate.store, Workspace::default_name());
        let id = ApprovalId::parse(&asked.id).unwrap();
        let mut late = store.get_approval(&workspace, &id).await.unwrap().unwrap();
        late.id = ApprovalId::from_bits([9; 16]);
        let never = ApprovalId::from_bits([8; 16]);
        for id in [&late.id, &never] {
            let (kind, at) = (DueKind::Escalation, system.clock.now());
            store.put_due(&Due { kind, workspace: workspace.clone(), id: id.clone(), at }).await.unwrap();
        }
        system.sweep().await;
        assert!(matches!(store.put_new_approval(&late).await.unwrap(), Write::Done));
        system.sweep().await;
        assert_eq!(store.get_approval(&workspace, &late.id).await.unwrap().unwrap().required, 3);
        // What never comes holds nothing up.
        system.clock.advance(seconds(180));
        system.sweep().await;
        let done = store.get_sweep_cursor().await.unwrap();
        assert_eq!(done, Some(minute_of(system.clock.now()) - 2));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ttl_removes_no_timer_before_its_approval_is_written() {
        let system = at_ten().await;
        let asked = system.ask("two.then.three", json!({})).await;
        system.clock.advance(seconds(120));
        let (store, workspace) = (&system.gate.store, Workspace::default_name());
        let mut late = store.get_approval(&workspace, &ApprovalId::parse(&asked.id).unwrap()).await.unwrap().unwrap();
        late.id = ApprovalId::from_bits([9; 16]);
        let (kind, at) = (DueKind::Escalation, system.clock.now());
        store.put_due(&Due { kind, workspace: workspace.clone(), id: late.id.clone(), at }).await.unwrap();
        // No sweep runs. The approval comes as late as a request can write it.
        system.clock.advance(seconds(60));
        assert_eq!(remove_by_ttl(&system).await, 0);
        assert!(matches!(store.put_new_approval(&late).await.unwrap(), Write::Done));
        system.clock.advance(seconds(32));
        assert_eq!(remove_by_ttl(&system).await, 2, "the timers of both");
        assert_eq!(store.get_approval(&workspace, &late.id).await.unwrap().unwrap().required, 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_vote_that_was_given_before_counts_and_more_are_needed() {
        let system = at_ten().await;
        let asked = system.ask("two.then.three", json!({})).await;
        assert_eq!(approve(&system, "jane", &asked).await["required"], 2);
        system.clock.advance(seconds(120));
        system.sweep().await;
        let one = shown(&system, &asked).await;
        assert_eq!((&one["approvals"], &one["required"]), (&json!(1), &json!(3)));
        let second = approve(&system, "omar", &asked).await;
        assert_eq!(
            (&second["status"], &second["approvals"], second.get("resolved_at")),
            (&json!("pending"), &json!(2), None)
        );
        assert_eq!(approve(&system, "omar", &asked).await["approvals"], 2, "the same person is one");
        assert_eq!(approve(&system, "pat", &asked).await["status"], "approved");
        let told = system.poll(&asked.token).await;
        let all = json!(["user:jane@acme.com", "user:omar@acme.com", "user:pat@acme.com"]);
        assert_eq!((&told["status"], &told["approvers"]), (&json!("approved"), &all));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn after_a_decision_it_does_nothing() {
        let system = at_ten().await;
        let mut events = system.bus.listen();
        let [approved, denied, cancelled, expired] = [
            system.ask("one.then.two", json!({})).await,
            system.ask("one.then.two", json!({})).await,
            system.ask("one.then.two", json!({})).await,
            system.ask("one.then.two", json!({})).await,
        ];
        approve(&system, "jane", &approved).await;
        let omar = system.key("user:omar@acme.com", &["approver"]).await;
        assert_eq!(system.resolve(&omar, &denied.id, json!({ "decision": "denied" })).await.0, 200);
        let cancel = format!("/approvals/{}/cancel", cancelled.id);
        assert_eq!(system.call(&system.keys.agent, "POST", &cancel, Value::Null).await.0, 200);
        system.clock.advance(seconds(120));
        let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&approved.id).unwrap());
        escalate_approval(&system.gate, &workspace, &id).await.unwrap();
        // The host was down until after the deadline: the escalation is due before the expiry, and comes too late.
        system.clock.advance(seconds(120));
        system.sweep().await;
        system.clock.advance(seconds(92));
        assert_eq!(remove_by_ttl(&system).await, 8);
        system.sweep().await;
        let ids = [&approved.id, &denied.id, &cancelled.id, &expired.id].map(String::as_str);
        let ends = ["approval.approved", "approval.denied", "approval.cancelled", "approval.expired"];
        for (told, end) in told_of(&mut events, &ids).iter().zip(ends) {
            assert_eq!(*told, ["approval.requested", end]);
        }
        assert_eq!(shown(&system, &approved).await["required"], 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_that_is_open_for_less_escalates_at_once() {
        let system = at_ten().await;
        let mut events = system.bus.listen();
        let patch = json!({ "approval_ttl_hours": 120.0 / 3_600.0 });
        assert_eq!(system.call(&system.keys.admin, "PATCH", "/agents/demo/config", patch).await.0, 200);
        let asked = system.ask("by.agent", json!({})).await;
        assert_eq!(asked.answer["policy"]["timeoutSec"], 120);
        assert_eq!(asked.answer["policy"]["minApprovals"], 1);
        system.sweep().await;
        assert_eq!(shown(&system, &asked).await["required"], 2);
        assert_eq!(told_of(&mut events, &[&asked.id]), [["approval.requested", "approval.escalated"]]);
        assert_eq!(approve(&system, "jane", &asked).await["status"], "pending");
        assert_eq!(approve(&system, "omar", &asked).await["status"], "approved");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_asked_is_told_the_same_after_an_escalation() {
        let system = at_ten().await;
        let asking = crate::harness::body("two.then.three", json!({}));
        let ask = || {
            let ask = system.request("POST", "/api/guard/request").bearer_auth(&system.keys.agent);
            ask.header("idempotency-key", "k").json(&asking).send()
        };
        let first: Value = ask().await.unwrap().json().await.unwrap();
        system.clock.advance(seconds(120));
        system.sweep().await;
        let again: Value = ask().await.unwrap().json().await.unwrap();
        assert_eq!(again, first);
        assert_eq!(first["policy"]["minApprovals"], 2);
    }
}

mod in_slack {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_second_card_is_posted_to_the_escalations_channel_and_a_click_on_either_counts() {
        for clicked in [0, 1] {
            let stage = stage().await;
            let (asked, card) = stage.ask("two.then.three", json!({ "n": 1 })).await;
            assert_eq!(card.channel, "C0123");
            stage.click(&card, "approve", "UJANE").await;
            stage.system.clock.advance(seconds(120));
            stage.system.sweep().await;
            let cards = stage.cards(&asked);
            let channels: Vec<&str> = cards.iter().map(|c| c.channel.as_str()).collect();
            assert_eq!(channels, ["C0123", "C0ONCALL"]);
            for card in &cards {
                assert!(
                    card.reads().contains("1 of 3 approvals") && card.reads().contains("UJANE"),
                    "{}",
                    card.reads()
                );
                assert_eq!(card.actions(), ["approve", "deny", "deny_with_reason", "more_info", "open_console"]);
            }
            stage.click(&cards[clicked], "approve", "UOMAR").await;
            let cards = stage.cards(&asked);
            assert!(cards.iter().all(|c| c.reads().contains("2 of 3 approvals")), "both are drawn anew");
            stage.click(&cards[1 - clicked], "approve", "UPAT").await;
            assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
            let cards = stage.cards(&asked);
            assert_eq!(cards.len(), 2);
            for card in &cards {
                assert!(card.latest().text.starts_with("Approved: ") && card.actions().is_empty(), "{}", card.reads());
                assert!(card.reads().contains("UPAT"), "{}", card.reads());
            }
            assert_eq!(stage.slack.ephemerals(), []);
            let deliveries = stage.inbox(&asked).await["deliveries"].clone();
            let told: Vec<(&Value, &Value)> =
                deliveries.as_array().unwrap().iter().map(|d| (&d["channel"], &d["current"])).collect();
            assert_eq!(told, [(&json!("C0123"), &json!(true)), (&json!("C0ONCALL"), &json!(true))]);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn however_it_ends_both_cards_say_so_and_a_click_on_either_is_too_late() {
        for end in ["deny", "cancel", "expire"] {
            let stage = stage().await;
            let (asked, _) = stage.ask("told.only", json!({})).await;
            stage.system.clock.advance(seconds(120));
            stage.system.sweep().await;
            let cards = stage.cards(&asked);
            assert_eq!(cards.len(), 2);
            match end {
                "deny" => stage.click(&cards[1], "deny", "UJANE").await,
                "cancel" => {
                    let (status, _) =
                        stage.system.call("", "POST", "/api/guard/cancel", json!({ "token": asked.token })).await;
                    assert_eq!(status, 200);
                    stage.system.settle().await;
                }
                _ => {
                    stage.system.clock.advance(seconds(120));
                    stage.system.sweep().await;
                }
            }
            let word = match end {
                "deny" => "Denied: ",
                "cancel" => "Cancelled: ",
                _ => "Expired: ",
            };
            for ended in stage.cards(&asked) {
                assert!(ended.latest().text.starts_with(word) && ended.actions().is_empty(), "{}", ended.reads());
            }
            for card in &cards {
                stage.click(card, "approve", "UOMAR").await;
            }
            assert_eq!(stage.told("UOMAR").len(), 2, "{end}");
            assert_eq!(
                stage.system.poll(&asked.token).await["status"],
                if end == "expire" { "expired" } else { "denied" }
            );
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_escalation_that_only_tells_raises_nothing() {
        let stage = stage().await;
        let (asked, _) = stage.ask("told.only", json!({})).await;
        stage.system.clock.advance(seconds(212));
        remove_by_ttl(&stage.system).await;
        let one = stage.inbox(&asked).await;
        assert_eq!((&one["required"], &one["history"][1]["note"]), (&json!(1), &json!("also told in C0ONCALL")));
        let cards = stage.cards(&asked);
        stage.click(&cards[1], "approve", "UJANE").await;
        assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
        stage.system.clock.advance(seconds(300));
        stage.system.sweep().await;
        assert_eq!(stage.slack.calls().iter().filter(|c| *c == "chat.postMessage").count(), 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn modals_of_the_second_card_work_as_those_of_the_first() {
        let stage = stage().await;
        let (asked, _) = stage.ask("two.then.three", json!({ "n": 1 })).await;
        stage.system.clock.advance(seconds(120));
        stage.system.sweep().await;
        let cards = stage.cards(&asked);
        stage.modal(&cards[1], "more_info", "UJANE").await;
        let view = stage.modal(&cards[1], "deny_with_reason", "UOMAR").await;
        stage.send(&stage.slack.submit(&view, &[("reason", "not tonight")], "UOMAR")).await;
        assert_eq!(stage.system.poll(&asked.token).await["reason"], "not tonight");
        for card in stage.cards(&asked) {
            assert!(card.reads().contains("not tonight") && card.actions().is_empty(), "{}", card.reads());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_escalation_that_cannot_be_is_a_fault_of_the_policy() {
    let system = at_ten().await;
    let put = async |policy: String| {
        let put = system.request("PUT", "/api/settings/policy").bearer_auth(&system.keys.admin);
        let answer = put.header("content-type", "application/yaml").body(policy).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let mut table = String::new();
    for (from, to) in [
        ("escalateBeforeSec: 120, escalateMinApprovals: 3", "escalateBeforeSec: 120, escalateMinApprovals: 1"),
        ("escalateBeforeSec: 120, escalateMinApprovals: 3", "escalateBeforeSec: 120, escalateMinApprovals: 4"),
        ("escalateBeforeSec: 120, escalateMinApprovals: 3", "escalateBeforeSec: 240, escalateMinApprovals: 3"),
        ("escalateBeforeSec: 300", "escalateBeforeSec: 3600"),
        ("escalateBeforeSec: 300", "escalateBeforeSec: 0"),
        ("escalateBeforeSec: 300, ", ""),
        ("escalateBeforeSec: 300, escalateMinApprovals: 2", "escalateBeforeSec: 300"),
        ("escalateBeforeSec: 300, escalateMinApprovals: 2", "before: 300, escalateBeforeSec: x, channel: 7"),
    ] {
        assert!(POLICY.contains(from));
        let (status, answer) = put(POLICY.replacen(from, to, 1)).await;
        table += &format!("{from}  ->  {to}\n    {status} {}\n", answer["code"].as_str().unwrap());
        for detail in answer["details"].as_array().unwrap() {
            table +=
                &format!("        {}: {}\n", detail["field"].as_str().unwrap(), detail["problem"].as_str().unwrap());
        }
    }
    insta::assert_snapshot!(table);
    let (status, answer) = put(POLICY.replacen("escalateMinApprovals: 3", "escalateMinApprovals: 2", 1)).await;
    assert_eq!(status, 200, "as many as before is no fault: {answer}");
}
