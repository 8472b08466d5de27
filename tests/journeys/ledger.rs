//! What one approval consumes of the table.

use crate::harness::Start;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn sizes() {
    let system = Start::fresh().start().await;
    let asked = system
        .ask("gmail.send", json!({ "to": "jane@acme.com", "subject": "Quick question", "body": "Hi Jane, ..." }))
        .await;
    system
        .resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved", "comment": "Looks good, send it" }))
        .await;
    let db = local::client::dynamodb(&system.engine);
    let out = db.scan().table_name(system.gate.store.table()).send().await.unwrap();
    for item in out.items() {
        let size: usize = item
            .iter()
            .map(|(k, v)| k.len() + v.as_s().map_or_else(|_| v.as_n().map_or(0, |n| n.len() / 2 + 1), |s| s.len()))
            .sum();
        println!(
            "{size} {:?} {:?} {}",
            item["pk"],
            item["sk"],
            item.get("doc").map(|d| d.as_s().unwrap().clone()).unwrap_or_default()
        );
    }
    system.stop().await;
}
