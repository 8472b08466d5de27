//! Measurements, run by hand: `cargo test -p local -- --ignored --nocapture throughput`.

use futures::future::join_all;
use local::engine::{Engine, Location};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

use super::{engine, folder};

async fn run(engine: &Engine, operation: &str, body: Value) {
    let (status, answer) = engine.execute(operation, body.to_string().into_bytes()).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

/// Two puts, two updates and a read, as the design's measurements have it.
async fn cycle(engine: &Engine, id: &str) {
    let key = |sk: &str| json!({ "pk": { "S": id }, "sk": { "S": sk } });
    for sk in ["a", "b"] {
        let mut item = key(sk);
        item["g"] = json!({ "S": "open" });
        item["data"] = json!({ "S": "x".repeat(400) });
        run(engine, "PutItem", json!({ "TableName": "Test", "Item": item })).await;
    }
    for value in ["approved", "done"] {
        let update = json!({
            "TableName": "Test",
            "Key": key("a"),
            "UpdateExpression": "SET #s = :s",
            "ExpressionAttributeNames": { "#s": "status" },
            "ExpressionAttributeValues": { ":s": { "S": value } },
        });
        run(engine, "UpdateItem", update).await;
    }
    run(engine, "GetItem", json!({ "TableName": "Test", "Key": key("a") })).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn throughput_of_cycles() {
    let clock: local::Clock = Arc::new(|| i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap());
    for (name, location) in [("memory", Location::Memory), ("disk", Location::Folder(folder("throughput")))] {
        let engine = engine(location, clock.clone()).await;
        for tasks in [1_usize, 40] {
            let start = Instant::now();
            let each = 2000 / tasks;
            let work = (0..tasks).map(|task| {
                let engine = engine.clone();
                tokio::spawn(async move {
                    for round in 0..each {
                        cycle(&engine, &format!("{task}-{tasks}-{round}")).await;
                    }
                })
            });
            join_all(work).await;
            let rate = 2000.0 / start.elapsed().as_secs_f64();
            eprintln!("{name}, {tasks} tasks: {rate:.0} cycles a second");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn throughput_of_a_ttl_sweep() {
    let engine = engine(Location::Memory, super::manual_clock().1).await;
    let far = json!({ "data": { "S": "x".repeat(800) }, "ttl": { "N": "9999999999" } });
    let puts = (0..10_000).map(|index| {
        let (engine, far) = (engine.clone(), far.clone());
        async move { super::put(&engine, &index.to_string(), far).await }
    });
    join_all(puts).await;
    let start = Instant::now();
    engine.sweep_ttl().await.unwrap();
    eprintln!("a sweep that finds nothing among 10,000 items holds the engine for {:?}", start.elapsed());
}
