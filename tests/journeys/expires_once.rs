//! The deadline: once it has come it is written down, and never before, whoever's clock is ahead.

use crate::harness::Start;
use app::Clock;
use app::expire_approval::expire_approval;
use domain::{ApprovalId, Workspace};
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
