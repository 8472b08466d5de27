//! Many workspaces: a sweep reads those in which something is open or has just ended, and no others.

use crate::harness::{Start, System};
use app::sweep::sweep_due::sweep_due;
use domain::Workspace;
use jiff::SignedDuration;
use local::ledger::Ledger;
use serde_json::json;
use store::due::minute_of;

/// Workspaces with nothing in them.
const IDLE: usize = 200;

async fn another(system: &System) -> Workspace {
    let name = Workspace::parse("busy").unwrap();
    system.gate.store.put_workspace(&name).await.unwrap();
    name
}

/// The queries of an index that a sweep a minute later makes.
async fn looks(system: &System, ledger: &Ledger) -> usize {
    system.clock.advance(SignedDuration::from_mins(1));
    ledger.take();
    sweep_due(&system.gate, &system.gate.bus).await.unwrap();
    ledger.take().iter().filter(|line| line.table_key_kind == "by_status").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_workspaces_in_which_something_is_open_are_looked_at() {
    let ledger = Ledger::default();
    let noon = app::Clock::manual("2026-11-22T12:00:00Z".parse().unwrap());
    let system = Start::fresh().at(noon).recording(&ledger).start().await;
    for n in 0..IDLE {
        let name = Workspace::parse(&format!("idle-{n}")).unwrap();
        system.gate.store.put_workspace(&name).await.unwrap();
    }
    another(&system).await;
    assert!(looks(&system, &ledger).await > IDLE, "who has not looked yet looks at all");
    // What ended in the minute of the first look, or in the next, is looked for once that minute is over.
    for _ in 0..3 {
        looks(&system, &ledger).await;
    }
    assert_eq!(looks(&system, &ledger).await, 0, "nothing is open");

    let asked = system.ask("plain.open", json!({})).await;
    for minute in 0..5 {
        let looks = looks(&system, &ledger).await;
        assert!(looks <= 5 && (looks > 0 || minute < 2), "minute {minute}: {looks}");
    }
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    system.settle().await;
    // What ended is looked at once its minute is over, and then it is quiet again.
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(looks(&system, &ledger).await);
    }
    assert!(seen[2] > 0 && seen[5] == 0, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_others_swept_for_meanwhile_looks_at_all_again() {
    let ledger = Ledger::default();
    let noon = app::Clock::manual("2026-11-22T12:00:00Z".parse().unwrap());
    let system = Start::fresh().at(noon).recording(&ledger).start().await;
    for _ in 0..4 {
        looks(&system, &ledger).await;
    }
    assert_eq!(looks(&system, &ledger).await, 0, "nothing is open");
    system.ask("plain.open", json!({})).await;
    system.clock.advance(SignedDuration::from_mins(5));
    system.gate.store.advance_sweep_cursor(minute_of(system.clock.now()) - 2).await.unwrap();
    assert!(looks(&system, &ledger).await > 0, "somebody may have asked in between");
    assert!(looks(&system, &ledger).await > 0, "and something is open");
}
