//! The stream's mapping: order, retries, filters, and a checkpoint that waits for everything a record set off.

use futures::FutureExt;
use local::client;
use local::engine::{BEGINNING, Engine, Location};
use local::events::stream::{Source, Surroundings};
use local::handlers::EventHandler;
use local::template::Mapping;
use local::template::Pattern;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

use super::async_invokes::{bus, entry, invoker, target};
use super::{counting_ids, engine, folder, manual_clock, put};

fn mapping() -> Mapping {
    Mapping {
        function: "Relay".to_owned(),
        table: "Test".to_owned(),
        filters: Vec::new(),
        batch_size: 10,
        retries: Some(1),
        max_age: None,
        bisect: true,
        report_item_failures: true,
        on_failure: Some("bucket".to_owned()),
    }
}

async fn start(engine: &Engine, mapping: Mapping, handler: EventHandler) -> tokio::sync::watch::Receiver<i64> {
    let host = Surroundings {
        engine: engine.clone(),
        clock: manual_clock().1,
        ids: counting_ids(),
        retry_delay: Duration::from_millis(1),
    };
    let source = Source::open(mapping, target(handler), host).await.unwrap();
    let progress = source.progress();
    tokio::spawn(source.run());
    progress
}

fn names(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap();
    records.iter().map(|record| record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap().to_owned()).collect()
}

/// A handler that sends on the names it got and answers what `answer` says.
fn relaying(
    answer: impl Fn(&Value) -> Result<Value, String> + Send + Sync + 'static,
) -> (mpsc::UnboundedReceiver<String>, EventHandler) {
    let (sent, received) = mpsc::unbounded_channel();
    let handler: EventHandler = Arc::new(move |event| {
        let answer = answer(&event);
        names(&event).into_iter().for_each(|name| sent.send(name).unwrap());
        async move { answer }.boxed()
    });
    (received, handler)
}

#[tokio::test]
async fn records_arrive_in_order_and_filtered() {
    let engine = engine(Location::Memory, manual_clock().1).await;
    let pattern = json!({ "dynamodb": { "NewImage": { "kind": { "S": ["wanted"] } } } });
    let mapping = Mapping { filters: vec![Pattern::read(&pattern).unwrap()], ..mapping() };
    let (mut seen, handler) = relaying(|_| Ok(json!({ "batchItemFailures": [] })));
    let mut progress = start(&engine, mapping, handler).await;
    for index in 0..25 {
        let kind = if index % 2 == 0 { "wanted" } else { "other" };
        put(&engine, &format!("{index:02}"), json!({ "kind": { "S": kind } })).await;
    }
    for index in (0..25).step_by(2) {
        assert_eq!(seen.recv().await.unwrap(), format!("{index:02}"));
    }
    let all = engine.stream_after("Test", BEGINNING, 100).await.unwrap();
    let last: u128 = all.last().unwrap()["dynamodb"]["SequenceNumber"].as_str().unwrap().parse().unwrap();
    let last = i64::try_from(last - 100_000_000_000_000_000_000).unwrap();
    progress.wait_for(|saved| *saved == last).await.unwrap();
}

#[tokio::test]
async fn a_poisonous_record_is_halved_out_and_kept_whole() {
    let engine = engine(Location::Memory, manual_clock().1).await;
    for name in ["a", "b", "poison", "c", "d"] {
        put(&engine, name, json!({})).await;
    }
    let good = Arc::new(Mutex::new(Vec::new()));
    let kept = good.clone();
    let handler: EventHandler = Arc::new(move |event| {
        let names = names(&event);
        let answer =
            if names.iter().any(|name| name == "poison") { Err("poisoned".to_owned()) } else { Ok(Value::Null) };
        if answer.is_ok() {
            kept.lock().unwrap().extend(names);
        }
        async { answer }.boxed()
    });
    let mut progress = start(&engine, mapping(), handler).await;
    progress.wait_for(|saved| *saved > 0).await.unwrap();
    assert_eq!(*good.lock().unwrap(), ["a", "b", "c", "d"]);
    let failures = engine.failures().await.unwrap();
    assert_eq!(failures.len(), 1);
    let record = &failures[0]["record"];
    assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(record["DDBStreamBatchInfo"]["batchSize"], 1);
    assert!(record["payload"].as_str().unwrap().contains("poison"));
}

#[tokio::test]
async fn a_partial_failure_is_taken_up_where_it_failed() {
    let engine = engine(Location::Memory, manual_clock().1).await;
    for name in ["a", "b", "c"] {
        put(&engine, name, json!({})).await;
    }
    let first = Mutex::new(true);
    let (mut seen, handler) = relaying(move |event| {
        let second = event["Records"][1]["dynamodb"]["SequenceNumber"].clone();
        let failures =
            if std::mem::take(&mut *first.lock().unwrap()) { json!([{ "itemIdentifier": second }]) } else { json!([]) };
        Ok(json!({ "batchItemFailures": failures }))
    });
    start(&engine, mapping(), handler).await;
    for name in ["a", "b", "c", "b", "c"] {
        assert_eq!(seen.recv().await.unwrap(), name);
    }
}

#[tokio::test]
async fn the_checkpoint_waits_for_what_the_relay_set_off() {
    let folder = folder("cause");
    let engine_1 = engine(Location::Folder(folder.clone()), manual_clock().1).await;
    let gate = Arc::new(Semaphore::new(0));
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let waiting = gate.clone();
    let slow: EventHandler = Arc::new(move |_| {
        let (gate, arrived) = (waiting.clone(), arrived.clone());
        async move {
            arrived.send(()).unwrap();
            gate.acquire().await.unwrap().forget();
            Ok(Value::Null)
        }
        .boxed()
    });
    let invoker = invoker(&engine_1, slow);
    let publisher = client::eventbridge(&bus(invoker.clone()), None);
    let relay: EventHandler = Arc::new(move |_| {
        let publisher = publisher.clone();
        async move {
            publisher.put_events().entries(entry("{}")).send().await.map_err(|error| error.to_string())?;
            Ok(Value::Null)
        }
        .boxed()
    });
    let mut progress = start(&engine_1, mapping(), relay).await;
    put(&engine_1, "one", json!({})).await;
    arrivals.recv().await.unwrap();
    assert_eq!(engine_1.checkpoint("Relay").await.unwrap(), 0, "the function behind the bus still runs");

    gate.add_permits(1);
    progress.wait_for(|saved| *saved > 0).await.unwrap();
    put(&engine_1, "two", json!({})).await;
    arrivals.recv().await.unwrap();
    // The process dies here: the second record's invocation never ends.
    engine_1.close().await;

    let engine_2 = engine(Location::Folder(folder), manual_clock().1).await;
    let (mut seen, handler) = relaying(|_| Ok(Value::Null));
    start(&engine_2, mapping(), handler).await;
    assert_eq!(seen.recv().await.unwrap(), "two");
}
