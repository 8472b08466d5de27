//! Asynchronous invocations and the bus that causes them.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures::FutureExt;
use local::client;
use local::engine::{Engine, Location};
use local::events::bus::Bus;
use local::events::invoke::{Invoker, Limits, Target};
use local::events::schedule::Schedules;
use local::handlers::EventHandler;
use local::template::Pattern;
use local::template::{Rule, Schedule};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{counting_ids, manual_clock};

/// A handler that remembers what it got.
pub fn remembering() -> (Arc<Mutex<Vec<Value>>>, EventHandler) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let shared = seen.clone();
    let handler: EventHandler = Arc::new(move |event| {
        shared.lock().unwrap().push(event);
        async { Ok(Value::Null) }.boxed()
    });
    (seen, handler)
}

/// A function with two retries and a destination.
pub fn target(handler: EventHandler) -> Target {
    Target {
        handler,
        arn: "arn:aws:lambda:us-east-1:000000000000:function:F".to_owned(),
        retries: 2,
        timeout: Duration::from_secs(5),
        on_failure: Some("arn:aws:sqs:us-east-1:000000000000:failures".to_owned()),
    }
}

/// An invoker of one function `F` with hardly any waiting between attempts.
pub fn invoker(engine: &Engine, handler: EventHandler) -> Invoker {
    let limits = Limits { delays: [Duration::from_millis(1); 2], ..Limits::default() };
    let targets = HashMap::from([("F".to_owned(), target(handler))]);
    Invoker::new(targets, engine.clone(), manual_clock().1, counting_ids(), limits)
}

/// A bus whose only rule hands what `countersign` says to `F`.
pub fn bus(invoker: Invoker) -> Bus {
    let rule = Rule {
        name: "R".to_owned(),
        bus: "approvals".to_owned(),
        pattern: Pattern::read(&json!({ "source": ["countersign"] })).unwrap(),
        function: "F".to_owned(),
    };
    let bus = Bus::new(manual_clock().1, counting_ids());
    bus.connect(vec!["approvals".to_owned()], vec![rule], invoker);
    bus
}

/// An event as the relay sends it.
pub fn entry(detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .source("countersign")
        .detail_type("approval.approved")
        .detail(detail)
        .event_bus_name("approvals")
        .build()
}

#[tokio::test]
async fn an_event_reaches_the_function_whose_rule_matches() {
    let engine = Engine::open(Location::Memory, manual_clock().1).unwrap();
    let (seen, handler) = remembering();
    let invoker = invoker(&engine, handler);
    let client = client::eventbridge(&bus(invoker.clone()), None);
    let other = PutEventsRequestEntry::builder().source("other").detail_type("x").detail("{}").build();
    let broken = PutEventsRequestEntry::builder().source("countersign").detail_type("x").detail("[").build();
    let answer = client.put_events().entries(entry(r#"{"id":1}"#)).entries(other).entries(broken).send().await.unwrap();
    assert_eq!(answer.failed_entry_count(), 1);
    assert_eq!(answer.entries()[2].error_code(), Some("MalformedDetail"));

    invoker.idle().await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        seen[0],
        json!({
            "version": "0",
            "id": "id-1",
            "detail-type": "approval.approved",
            "source": "countersign",
            "account": "000000000000",
            "time": "2026-09-21T14:13:20Z",
            "region": "us-east-1",
            "resources": [],
            "detail": { "id": 1 },
        })
    );
}

#[tokio::test]
async fn eleven_entries_are_too_many() {
    let engine = Engine::open(Location::Memory, manual_clock().1).unwrap();
    let client = client::eventbridge(&bus(invoker(&engine, remembering().1)), None);
    let entries = (0..11).map(|_| entry("{}")).collect();
    let refused = client.put_events().set_entries(Some(entries)).send().await.unwrap_err();
    assert!(format!("{refused:?}").contains("ValidationException"), "{refused:?}");
}

#[tokio::test]
async fn a_function_that_fails_thrice_lands_in_its_destination() {
    let engine = Engine::open(Location::Memory, manual_clock().1).unwrap();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = attempts.clone();
    let handler: EventHandler = Arc::new(move |_| {
        let attempt = counted.fetch_add(1, Ordering::Relaxed);
        async move { if attempt == 1 { panic!("a bug") } else { Err("no such luck".to_owned()) } }.boxed()
    });
    let invoker = invoker(&engine, handler);
    invoker.invoke("F", json!({ "n": 7 }));
    invoker.idle().await;
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
    let failures = engine.failures().await.unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["destination"], "arn:aws:sqs:us-east-1:000000000000:failures");
    assert_eq!(
        failures[0]["record"],
        json!({
            "version": "1.0",
            "timestamp": "2026-09-21T14:13:20.000Z",
            "requestContext": {
                "requestId": "id-1",
                "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:F:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": { "n": 7 },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": { "errorMessage": "no such luck", "errorType": "Unhandled" },
        })
    );
}

#[tokio::test]
async fn a_schedule_can_be_run_now() {
    let engine = Engine::open(Location::Memory, manual_clock().1).unwrap();
    let (seen, handler) = remembering();
    let invoker = invoker(&engine, handler);
    let schedules = Schedules {
        schedules: vec![Schedule {
            name: "Minutely".to_owned(),
            function: "F".to_owned(),
            every: Duration::from_secs(60),
            input: None,
        }],
        invoker: invoker.clone(),
        clock: manual_clock().1,
        ids: counting_ids(),
    };
    assert!(schedules.trigger_now("F"));
    assert!(!schedules.trigger_now("G"));
    invoker.idle().await;
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0]["detail-type"], "Scheduled Event");
    assert_eq!(seen[0]["resources"], json!(["arn:aws:events:us-east-1:000000000000:rule/Minutely"]));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_runs_every_period() {
    let engine = Engine::open(Location::Memory, manual_clock().1).unwrap();
    let (seen, handler) = remembering();
    let schedules = Schedules {
        schedules: vec![Schedule {
            name: "Minutely".to_owned(),
            function: "F".to_owned(),
            every: Duration::from_secs(60),
            input: Some(json!({ "swept": true })),
        }],
        invoker: invoker(&engine, handler),
        clock: manual_clock().1,
        ids: counting_ids(),
    };
    let _ = tokio::time::timeout(Duration::from_secs(150), schedules.run()).await;
    assert_eq!(*seen.lock().unwrap(), [json!({ "swept": true }), json!({ "swept": true })]);
}

#[test]
fn patterns_match_as_eventbridge_says() {
    let event = json!({
        "source": "countersign",
        "detail": { "seq": 3, "status": "Approved", "tags": ["a", "b"], "gone": null, "deep": [{ "x": 1 }, { "x": 2 }] },
    });
    for (pattern, wanted) in [
        (json!({ "source": ["countersign"] }), true),
        (json!({ "source": ["other"] }), false),
        (json!({ "source": [{ "prefix": "counter" }] }), true),
        (json!({ "source": [{ "suffix": "sign" }] }), true),
        (json!({ "source": [{ "wildcard": "c*r*n" }] }), true),
        (json!({ "source": [{ "wildcard": "c?untersign" }] }), false),
        (json!({ "source": [{ "anything-but": "other" }] }), true),
        (json!({ "source": [{ "anything-but": ["other", "countersign"] }] }), false),
        (json!({ "source": [{ "anything-but": { "prefix": "count" } }] }), false),
        (json!({ "missing": [{ "anything-but": "x" }] }), false),
        (json!({ "detail": { "status": [{ "equals-ignore-case": "approved" }] } }), true),
        (json!({ "detail": { "status": ["approved"] } }), false),
        (json!({ "detail": { "seq": [{ "numeric": [">", 2, "<=", 3] }] } }), true),
        (json!({ "detail": { "seq": [{ "numeric": ["<", 3] }] } }), false),
        (json!({ "detail": { "seq": [3.0] } }), true),
        (json!({ "detail": { "tags": ["b"] } }), true),
        (json!({ "detail": { "gone": [null] } }), true),
        (json!({ "detail": { "gone": [{ "exists": true }] } }), true),
        (json!({ "detail": { "none": [{ "exists": false }] } }), true),
        (json!({ "detail": { "none": { "inner": [{ "exists": false }] } } }), true),
        (json!({ "detail": { "seq": [{ "exists": false }] } }), false),
        (json!({ "detail": { "deep": { "x": [2] } } }), true),
        (json!({ "$or": [{ "source": ["x"] }, { "detail": { "seq": [3] } }] }), true),
        (json!({ "source": ["countersign"], "detail": { "seq": [4] } }), false),
    ] {
        assert_eq!(Pattern::read(&pattern).unwrap().matches(&event), wanted, "{pattern}");
    }
    for refused in [json!({ "ip": [{ "cidr": "10.0.0.0/8" }] }), json!({}), json!({ "source": "countersign" })] {
        assert!(Pattern::read(&refused).is_err(), "{refused}");
    }
}
