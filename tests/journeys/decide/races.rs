//! Many people at once: one outcome, and every answer is true.

use crate::harness::{Start, System, rounds};
use futures::future::join_all;
use serde_json::{Value, json};

const DECIDERS: usize = 20;

fn policy() -> String {
    let all: Vec<String> = (0..DECIDERS).map(|i| format!("\"user:p{i}@acme.com\"")).collect();
    format!(
        "limits: {{ createsPerMinute: 1000 }}\nactions:\n  race: {{ approvers: {{ anyOf: [{}] }} }}\n",
        all.join(", ")
    )
}

async fn deciders(system: &System) -> Vec<String> {
    let mut keys = Vec::new();
    for i in 0..DECIDERS {
        keys.push(system.key(&format!("user:p{i}@acme.com"), &["approver"]).await);
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_conflicting_decisions_one_wins_and_every_loser_is_told_the_truth() {
    let system = Start::fresh().under(&policy()).start().await;
    let mut events = system.bus.listen();
    let keys = deciders(&system).await;
    let asked = system.ask("race", json!({})).await;
    let decisions = rounds(200, 1_000);
    // Each person sticks to one opinion, so that a 200 can be held against the outcome.
    let word = |i: usize| if i.is_multiple_of(2) { "approved" } else { "denied" };
    let decide = |n: usize| {
        let person = n % DECIDERS;
        let sent = system.resolve(&keys[person], &asked.id, json!({ "decision": word(person) }));
        async move { (person, sent.await) }
    };
    let answers = join_all((0..decisions).map(decide)).await;
    let end = system.poll(&asked.token).await;
    let outcome = end["status"].as_str().unwrap();
    let (_, inbox) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    let winner = inbox["history"][1]["by"].as_str().unwrap().to_owned();
    for (person, (status, answer)) in &answers {
        let won = winner == format!("user:p{person}@acme.com");
        match status {
            200 => assert!(won && answer["status"] == outcome, "{person}: {answer}"),
            409 => {
                let told = answer["error"].as_str().unwrap();
                assert!(!won && answer["code"] == "INVALID_STATE" && told.contains(outcome), "{person}: {answer}");
            }
            other => panic!("{other}: {answer}"),
        }
    }
    assert_eq!(answers.iter().filter(|(_, (status, _))| *status == 200).count(), decisions / DECIDERS);
    assert_eq!(inbox["history"].as_array().unwrap().len(), 2);
    system.settle().await;
    let mut told: Vec<String> = Vec::new();
    while let Ok(event) = events.try_recv() {
        told.push(event["detail-type"].as_str().unwrap().to_owned());
    }
    assert_eq!(told, ["approval.requested".to_owned(), format!("approval.{outcome}")]);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quorum_filled_by_many_at_once_counts_each_person_once() {
    let text = policy().replace("] }", "], minApprovals: 7 }");
    let system = Start::fresh().under(&text).start().await;
    let keys = deciders(&system).await;
    for _ in 0..rounds(2, 10) {
        let asked = system.ask("race", json!({})).await;
        let votes = (0..60).map(|n| system.resolve(&keys[n % DECIDERS], &asked.id, json!({ "decision": "approved" })));
        let answers = join_all(votes).await;
        let (_, inbox) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
        assert_eq!(inbox["status"], "approved");
        assert_eq!(inbox["approvals"], 7, "{inbox}");
        let by: std::collections::BTreeSet<&str> =
            inbox["history"].as_array().unwrap().iter().skip(1).map(|e| e["by"].as_str().unwrap()).collect();
        assert_eq!(by.len(), 7);
        let refused = answers.iter().filter(|(status, _): &&(u16, Value)| *status == 409).count();
        assert!(refused > 0 && answers.iter().all(|(status, _)| [200, 409].contains(status)));
    }
    system.stop().await;
}
