//! The expiry is written after the deadline and never before, even by a process whose clock is ahead.

use crate::harness::{Asked, Start, System, told_of};
use app::Clock;
use app::decide::expire_approval::expire_approval;
use app::sweep::sweep_due::sweep_due;
use domain::{ApprovalId, Workspace};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_before_the_deadline_must_come_again() {
    let clock = Clock::manual("2026-11-22T10:00:00Z".parse().unwrap());
    let system = Start::fresh().at(clock.clone()).start().await;
    let mut events = system.bus.listen();
    let asked = system.ask("short.lived", json!({})).await;
    let (workspace, id) = (Workspace::default_name(), ApprovalId::parse(&asked.id).unwrap());
    assert!(expire_approval(&system.gate, &workspace, &id).await.is_err());
    clock.advance(SignedDuration::from_secs(60));
    expire_approval(&system.gate, &workspace, &id).await.unwrap();
    expire_approval(&system.gate, &workspace, &id).await.unwrap();
    assert_eq!(system.poll(&asked.token).await["status"], "expired");
    system.settle().await;
    let told: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).map(|e| e["detail-type"].clone()).collect();
    assert_eq!(told, [json!("approval.requested"), json!("approval.expired")]);
    system.stop().await;
}

/// Requests that stay open for a minute; one more is decided in time.
const MANY: usize = 12;

async fn many() -> (System, Vec<Asked>, Asked) {
    let clock = Clock::manual("2026-11-22T10:00:30Z".parse().unwrap());
    let system = Start::fresh().at(clock).start().await;
    let all = join_all((0..MANY).map(|_| system.ask("short.lived", json!({})))).await;
    let decided = system.ask("short.lived", json!({})).await;
    assert_eq!(system.resolve(&system.keys.approver, &decided.id, json!({ "decision": "approved" })).await.0, 200);
    system.settle().await;
    (system, all, decided)
}

/// Everything that follows: what a removal causes is a record of its own.
async fn settle(system: &System) {
    system.settle().await;
    system.settle().await;
}

/// Each open request expired once, and a request that was decided in time did not.
async fn assert_once(system: &System, events: &mut tokio::sync::broadcast::Receiver<serde_json::Value>, all: &[Asked]) {
    let ids: Vec<&str> = all.iter().map(|a| a.id.as_str()).collect();
    for told in told_of(events, &ids) {
        assert_eq!(told, ["approval.expired"]);
    }
    for asked in all {
        let told = system.poll(&asked.token).await;
        assert_eq!((&told["status"], &told["seq"]), (&json!("expired"), &json!(2)));
        let (_, one) = system.get(&system.keys.admin, &format!("/approvals/{}", asked.id)).await;
        assert_eq!(one["history"].as_array().unwrap().len(), 2);
        assert_eq!((&one["resolved_at"], &one["expires_at"]), (&one["expires_at"], &json!("2026-11-22T10:01:30Z")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sweep_and_removal_in_either_order_or_at_once_expire_each_once() {
    for order in ["sweep, removal", "removal, sweep", "both", "removal alone", "three sweeps at once"] {
        let (system, all, decided) = many().await;
        let mut events = system.bus.listen();
        // A minute open, and a minute and a half for which TTL leaves the items; its second is rounded up.
        system.clock.advance(SignedDuration::from_secs(152));
        let sweep = || async { sweep_due(&system.gate, &system.gate.bus).await.unwrap() };
        let remove = || async { system.engine.sweep_ttl().await.unwrap() };
        match order {
            "sweep, removal" => {
                sweep().await;
                assert_eq!(remove().await, MANY + 1);
            }
            "removal, sweep" => {
                assert_eq!(remove().await, MANY + 1);
                settle(&system).await;
                sweep().await;
            }
            "both" => drop(futures::join!(sweep(), remove(), sweep())),
            "removal alone" => drop(remove().await),
            _ => drop(join_all((0..3).map(|_| sweep())).await),
        }
        settle(&system).await;
        assert_once(&system, &mut events, &all).await;
        assert_eq!(system.poll(&decided.token).await["status"], "approved", "{order}");
        system.clock.advance(SignedDuration::from_mins(5));
        sweep().await;
        remove().await;
        settle(&system).await;
        let ids: Vec<&str> = all.iter().chain([&decided]).map(|a| a.id.as_str()).collect();
        assert!(told_of(&mut events, &ids).concat().is_empty(), "{order}: nothing more, however often");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_deadline_neither_sweep_nor_removal_does_anything() {
    let (system, all, _) = many().await;
    let mut events = system.bus.listen();
    system.clock.advance(SignedDuration::from_millis(59_999));
    let swept = sweep_due(&system.gate, &system.gate.bus).await.unwrap();
    assert_eq!((swept.done, swept.failed, system.engine.sweep_ttl().await.unwrap()), (0, 0, 0));
    settle(&system).await;
    let ids: Vec<&str> = all.iter().map(|a| a.id.as_str()).collect();
    assert!(told_of(&mut events, &ids).concat().is_empty());
    system.clock.advance(SignedDuration::from_millis(1));
    assert_eq!(sweep_due(&system.gate, &system.gate.bus).await.unwrap().done, MANY + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_dies_half_way_is_done_again_harmlessly() {
    let (system, all, decided) = many().await;
    let mut events = system.bus.listen();
    // Hours later, so that the minute is one that is over; and the cursor was never moved past it.
    system.clock.advance(SignedDuration::from_mins(30));
    let workspace = Workspace::default_name();
    for asked in &all[..MANY / 2] {
        expire_approval(&system.gate, &workspace, &ApprovalId::parse(&asked.id).unwrap()).await.unwrap();
    }
    assert_eq!(system.gate.store.get_sweep_cursor().await.unwrap(), None);
    let swept = sweep_due(&system.gate, &system.gate.bus).await.unwrap();
    assert_eq!((swept.done, swept.failed), (MANY + 1, 0));
    settle(&system).await;
    assert_once(&system, &mut events, &all).await;
    let done = system.gate.store.get_sweep_cursor().await.unwrap();
    assert_eq!(done, Some(store::due::minute_of(system.clock.now()) - 2));
    assert_eq!(sweep_due(&system.gate, &system.gate.bus).await.unwrap().done, 0, "what is done is not looked at again");
    assert_eq!(system.poll(&decided.token).await["status"], "approved");
}
