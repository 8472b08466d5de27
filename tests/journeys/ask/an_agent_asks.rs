//! An agent asks, a person answers through the inbox, the agent learns.

use crate::harness::System;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_request_reaches_the_agent_with_the_exact_parameters() {
    let system = System::start().await;
    let params = json!({ "to": "jane@acme.com", "bcc": "hidden@acme.com", "count": "007" });
    let asked = system.ask("gmail.send", params.clone()).await;
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    let (status, decided) = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!((status, &decided["status"]), (200, &json!("approved")));
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &params));
    system.settle().await;
    system.stop().await;
}
