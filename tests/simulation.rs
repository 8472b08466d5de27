//! The writers of a card in any order, with whatever can go wrong: many seeded schedules of the pure machine, and the model of a delivery's
//! row held to the real store.

use crate::harness::{System, rounds};
use domain::delivery::Delivery;
use domain::delivery::lease::Lease;
use domain::{ApprovalId, Timestamp, Workspace};
use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::json;
use standins::simulation::row::Row;
use standins::simulation::run;
use store::Store;
use store::deliveries::DeliveryOf;
use store::deliveries::leases::Claim;

/// The benchmark runs a million (`make bench BENCH="--scenes schedules"`).
const SCHEDULES: u64 = 10_000;

#[test]
fn whatever_happens_the_card_shows_the_newest_state_in_the_end_and_is_posted_once() {
    let (mut steps, mut calls, mut mishaps) = (0, 0, 0);
    for seed in 0..SCHEDULES {
        let ran = run(seed).unwrap();
        (steps, calls, mishaps) = (steps + ran.steps, calls + ran.calls, mishaps + ran.mishaps);
    }
    // A simulation in which hardly anything happens proves nothing.
    assert!(steps as u64 > 5 * SCHEDULES && calls as u64 > SCHEDULES && mishaps as u64 > SCHEDULES / 2);
}

/// What the simulation takes a delivery's row for is what the store makes of it: the same writes in any order come to the same.
#[tokio::test]
async fn the_simulated_row_does_what_the_tables_conditional_writes_do() {
    let system = System::start().await;
    for seed in 0..rounds(20, 200) {
        let id = ApprovalId::parse(&system.ask("gmail.send", json!({ "to": "a@b", "seed": seed })).await.id).unwrap();
        both(&system, &id, seed).await;
    }
}

/// Two holders at one row, for some steps.
async fn both(system: &System, id: &ApprovalId, seed: u64) {
    let workspace = Workspace::default_name();
    let of = DeliveryOf { workspace: &workspace, id, connector: "ac_1" };
    let (store, mut row, mut random) = (&system.gate.store, Row::new("ac_1"), Rng::with_seed(seed));
    let mut now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let mut held: [Option<(Lease, Delivery)>; 2] = [None, None];
    for step in 0..40 {
        now += SignedDuration::from_secs(random.i64(0..20));
        let read = stored(store, of).await;
        assert_eq!(read, row.read(), "seed {seed}, step {step}");
        let who = random.usize(0..2);
        let written =
            |delivery: &Delivery| Delivery { shown: step, ts: (step > 20).then(|| "1.0".into()), ..delivery.clone() };
        match (random.u8(0..6), held[who].clone(), read) {
            (0, _, _) => {
                let holder = format!("{step}");
                let until = now + SignedDuration::from_secs(30);
                let claim = store.lease_delivery(of, holder.clone(), now, until).await.unwrap();
                let taken = row.claim(&holder, now, until);
                match (claim, &taken) {
                    (Claim::Taken(lease, delivery), Some(mine)) => {
                        assert_eq!((&lease, &bare(*delivery)), (&mine.0, &bare(mine.1.clone())))
                    }
                    (Claim::Held { .. }, None) => {}
                    other => panic!("seed {seed}, step {step}: {other:?}"),
                }
                held[who] = taken.or_else(|| held[who].take());
            }
            (1, _, _) => assert_eq!(store.nudge_delivery(of, now).await.unwrap(), row.nudge(now)),
            (2, _, _) => {
                store.teach_delivery(of, "C1", "2.0").await.unwrap();
                row.teach("C1", "2.0");
            }
            (3, Some((lease, delivery)), _) => {
                let delivery = written(&delivery);
                let released = store.release_delivery(of, lease.clone(), &delivery, now).await.unwrap();
                assert_eq!(released, row.release(&lease, &delivery, now), "seed {seed}, step {step}");
            }
            (4, Some((lease, delivery)), _) => {
                let delivery = written(&delivery);
                let kept = store.keep_delivery(of, &lease, &delivery, now).await.unwrap();
                assert_eq!(kept, row.keep(&lease, &delivery, now), "seed {seed}, step {step}");
            }
            (5, _, Some(read)) => {
                let drawn = written(&read);
                let recorded = store.record_final_delivery(of, &read, &drawn, now).await.unwrap();
                assert_eq!(recorded, row.record(&read, &drawn, now), "seed {seed}, step {step}");
            }
            _ => {}
        }
    }
}

async fn stored(store: &Store, of: DeliveryOf<'_>) -> Option<Delivery> {
    let (_, all) = store.get_approval_with_deliveries(of.workspace, of.id).await.unwrap().unwrap();
    all.into_iter().find(|delivery| delivery.connector == of.connector)
}

fn bare(delivery: Delivery) -> Delivery {
    Delivery { leased_by: None, leased_until: None, ..delivery }
}
