//! The embedded table under the real SDK.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use futures::future::join_all;
use local::client;
use local::engine::{BEGINNING, Location};
use serde_json::json;
use std::sync::atomic::Ordering;

use super::{engine, folder, manual_clock, put};

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: u32) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

async fn increment(client: &Client, seen: u32) -> bool {
    let update = client
        .update_item()
        .table_name("Test")
        .key("pk", s("counter"))
        .key("sk", s("a"))
        .update_expression("SET version = :next")
        .condition_expression("version = :seen")
        .expression_attribute_values(":next", n(seen + 1))
        .expression_attribute_values(":seen", n(seen));
    update.send().await.is_ok()
}

#[tokio::test]
async fn a_failed_condition_reports_the_item_as_it_is() {
    let client = client::dynamodb(&engine(Location::Memory, manual_clock().1).await);
    let write = || {
        client
            .put_item()
            .table_name("Test")
            .item("pk", s("one"))
            .item("sk", s("a"))
            .item("g", s("group"))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    };
    write().send().await.unwrap();
    let refused = write().item("extra", s("x")).send().await.unwrap_err();
    let SdkError::ServiceError(refused) = refused else { panic!("{refused:?}") };
    let PutItemError::ConditionalCheckFailedException(refused) = refused.into_err() else { panic!() };
    let old = refused.item().unwrap();
    assert_eq!(old.get("g"), Some(&s("group")));
    assert_eq!(old.get("extra"), None);

    let updated = client
        .update_item()
        .table_name("Test")
        .key("pk", s("one"))
        .key("sk", s("a"))
        .update_expression("SET g = :g")
        .expression_attribute_values(":g", s("other"))
        .return_values(ReturnValue::AllOld)
        .send()
        .await
        .unwrap();
    assert_eq!(updated.attributes().unwrap().get("g"), Some(&s("group")));

    let found = client
        .query()
        .table_name("Test")
        .index_name("by-g")
        .key_condition_expression("g = :g")
        .expression_attribute_values(":g", s("other"))
        .send()
        .await
        .unwrap();
    assert_eq!(found.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_32_racing_updates_wins() {
    let engine = engine(Location::Memory, manual_clock().1).await;
    let client = client::dynamodb(&engine);
    put(&engine, "counter", json!({ "version": { "N": "0" } })).await;
    for round in 0..8 {
        let racers = (0..32).map(|_| {
            let client = client.clone();
            tokio::spawn(async move { increment(&client, round).await })
        });
        let won = join_all(racers).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 1);
    }
    let stream = engine.stream_after("Test", BEGINNING, 100).await.unwrap();
    assert_eq!(stream.len(), 9, "a loser leaves no trace in the group it shared");
}

#[tokio::test]
async fn capacity_counts_indexes_as_dynamodb_does() {
    let client = client::dynamodb(&engine(Location::Memory, manual_clock().1).await);
    let write = |g: Option<&str>, other: &str| {
        client
            .put_item()
            .table_name("Test")
            .item("pk", s("one"))
            .item("sk", s("a"))
            .item("other", s(other))
            .set_item(g.map(|g| {
                [("pk", "one"), ("sk", "a"), ("g", g), ("other", other)]
                    .map(|(name, value)| (name.to_owned(), s(value)))
                    .into()
            }))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
    };
    let mut units = Vec::new();
    for (g, other) in [(Some("a"), "1"), (Some("a"), "2"), (Some("b"), "2"), (None, "2")] {
        let answer = write(g, other);
        let answer = if g.is_none() {
            client
                .put_item()
                .table_name("Test")
                .item("pk", s("one"))
                .item("sk", s("a"))
                .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
        } else {
            answer
        };
        let answer = answer.send().await.unwrap();
        let capacity = answer.consumed_capacity().unwrap();
        let index = capacity.global_secondary_indexes().and_then(|all| all.get("by-g"));
        units.push((capacity.capacity_units().unwrap(), index.and_then(|index| index.capacity_units())));
    }
    // Entered, left alone, moved (a delete and an insert), left.
    assert_eq!(units, [(2.0, Some(1.0)), (1.0, None), (3.0, Some(2.0)), (2.0, Some(1.0))]);
}

#[tokio::test]
async fn a_reopened_folder_has_its_data_and_its_checkpoint() {
    let folder = folder("reopened");
    let first = engine(Location::Folder(folder.clone()), manual_clock().1).await;
    put(&first, "one", json!({})).await;
    put(&first, "two", json!({})).await;
    let records = first.stream_after("Test", BEGINNING, 10).await.unwrap();
    assert_eq!(records.len(), 2);
    let sequence = records[0].pointer("/dynamodb/SequenceNumber").unwrap().as_str().unwrap();
    let position: u128 = sequence.parse::<u128>().unwrap() - 100_000_000_000_000_000_000;
    first.save_checkpoint("relay", "Test", i64::try_from(position).unwrap()).await.unwrap();
    first.close().await;

    let second = engine(Location::Folder(folder), manual_clock().1).await;
    let checkpoint = second.checkpoint("relay").await.unwrap();
    let replay = second.stream_after("Test", checkpoint, 10).await.unwrap();
    assert_eq!(replay.len(), 1);
    assert_eq!(replay[0]["dynamodb"]["Keys"]["pk"]["S"], "two");
    let kept = client::dynamodb(&second).scan().table_name("Test").send().await.unwrap();
    assert_eq!(kept.count(), 2);
}

#[tokio::test]
async fn ttl_removes_by_the_manual_clock_and_says_who_did_it() {
    let (now, clock) = manual_clock();
    let engine = engine(Location::Memory, clock).await;
    let expiry = now.load(Ordering::Relaxed) / 1000 + 60;
    put(&engine, "one", json!({ "ttl": { "N": expiry.to_string() } })).await;
    assert_eq!(engine.sweep_ttl().await.unwrap(), 0);
    now.fetch_add(120_000, Ordering::Relaxed);
    assert_eq!(engine.sweep_ttl().await.unwrap(), 1);
    let records = engine.stream_after("Test", BEGINNING, 10).await.unwrap();
    assert_eq!(records[1]["eventName"], "REMOVE");
    assert_eq!(records[1]["userIdentity"], json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" }));
}

#[tokio::test]
async fn ttl_removes_page_after_page_what_has_expired_and_nothing_else() {
    let (now, clock) = manual_clock();
    let engine = engine(Location::Memory, clock).await;
    let second = now.load(Ordering::Relaxed) / 1000;
    for each in 0..60 {
        put(&engine, &format!("gone-{each}"), json!({ "ttl": { "N": (second - each - 1).to_string() } })).await;
    }
    put(&engine, "now", json!({ "ttl": { "N": second.to_string() } })).await;
    put(&engine, "later", json!({ "ttl": { "N": (second + 60).to_string() } })).await;
    put(&engine, "text", json!({ "ttl": { "S": "1" } })).await;
    put(&engine, "negative", json!({ "ttl": { "N": "-5" } })).await;
    put(&engine, "without", json!({})).await;
    assert_eq!((engine.sweep_ttl().await.unwrap(), engine.sweep_ttl().await.unwrap()), (60, 0));
    let kept = client::dynamodb(&engine).scan().table_name("Test").send().await.unwrap();
    let mut kept: Vec<_> = kept.items().iter().map(|item| item["pk"].as_s().unwrap().clone()).collect();
    kept.sort();
    assert_eq!(kept, ["later", "negative", "now", "text", "without"]);
    let records = engine.stream_after("Test", BEGINNING, 200).await.unwrap();
    let removed = records.iter().filter(|record| record["eventName"] == "REMOVE");
    assert_eq!(removed.filter(|record| record["userIdentity"]["type"] == "Service").count(), 60);
}

#[tokio::test]
async fn a_transaction_cancelled_in_a_group_leaves_nothing() {
    let engine = engine(Location::Memory, manual_clock().1).await;
    put(&engine, "taken", json!({})).await;
    let transaction = |pk: &str| {
        json!({ "TransactItems": [
            { "Put": { "TableName": "Test", "Item": { "pk": { "S": pk }, "sk": { "S": "a" } } } },
            { "Put": {
                "TableName": "Test",
                "Item": { "pk": { "S": "taken" }, "sk": { "S": "a" } },
                "ConditionExpression": "attribute_not_exists(pk)",
            } },
        ] })
        .to_string()
        .into_bytes()
    };
    let bodies: Vec<_> = (0..8).map(|each| transaction(&format!("new-{each}"))).collect();
    let answers = join_all(bodies.into_iter().map(|body| engine.execute("TransactWriteItems", body))).await;
    assert!(answers.iter().all(|(status, json)| {
        *status == 400 && String::from_utf8_lossy(json).contains("TransactionCanceledException")
    }));
    let kept = client::dynamodb(&engine).scan().table_name("Test").send().await.unwrap();
    assert_eq!(kept.count(), 1);
}
