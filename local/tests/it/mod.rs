//! One module per part, and what they share: a table, a clock and ids that count.

mod async_invokes;
mod gateway;
mod killed;
mod sockets;
mod stream;
mod table;
mod template;

use local::engine::{Engine, Location};
use local::{Clock, Ids};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// A clock that a test moves by hand.
pub fn manual_clock() -> (Arc<AtomicI64>, Clock) {
    let now = Arc::new(AtomicI64::new(1_790_000_000_000));
    let shared = now.clone();
    (now, Arc::new(move || shared.load(Ordering::Relaxed)))
}

/// Ids that count from one.
pub fn counting_ids() -> Ids {
    let next = AtomicU64::new(1);
    Arc::new(move || format!("id-{}", next.fetch_add(1, Ordering::Relaxed)))
}

/// A folder of this test alone, emptied first.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// A table `Test` with a sparse KEYS_ONLY index, a stream and TTL.
pub fn definition() -> Value {
    json!({
        "TableName": "Test",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
            { "AttributeName": "g", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-g",
            "KeySchema": [{ "AttributeName": "g", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    })
}

/// An engine with that table.
pub async fn engine(location: Location, clock: Clock) -> Engine {
    let engine = Engine::open(location, clock).unwrap();
    let (status, answer) = engine.execute("CreateTable", definition().to_string().into_bytes()).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(status == 200 || answer.contains("ResourceInUse"), "{answer}");
    let ttl = json!({
        "TableName": "Test",
        "TimeToLiveSpecification": { "AttributeName": "ttl", "Enabled": true },
    });
    engine.execute("UpdateTimeToLive", ttl.to_string().into_bytes()).await;
    engine
}

/// Puts an item with these attributes beside its key.
pub async fn put(engine: &Engine, pk: &str, attributes: Value) {
    let mut item = json!({ "pk": { "S": pk }, "sk": { "S": "a" } });
    let fields = item.as_object_mut().unwrap();
    fields.extend(attributes.as_object().unwrap().clone());
    let body = json!({ "TableName": "Test", "Item": item }).to_string().into_bytes();
    let (status, answer) = engine.execute("PutItem", body).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}
