//! Signatures as their inventors make and check them: the reference library of Standard Webhooks, and Slack's own SDK.

use super::slack_stage::{Stage, mail};
use crate::harness::{PATIENCE, Start};
use crate::standins::slack::SignedRequest;
use crate::standins::webhook::WebhookStandin;
use app::Clock;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

const VERIFY_WEBHOOK: &str = r#"
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
given = json.load(sys.stdin)
hook = Webhook(given["secret"])
assert hook.verify(given["body"], given["headers"])["type"] == "approval.requested"
try:
    hook.verify(given["body"].replace("jane", "eve"), given["headers"])
    print("believed what was altered")
except WebhookVerificationError:
    print("good")
"#;

const SIGN_AS_SLACK: &str = r#"
import json, sys
from slack_sdk.signature import SignatureVerifier
given = json.load(sys.stdin)
verifier = SignatureVerifier(given["secret"])
made = verifier.generate_signature(timestamp=given["timestamp"], body=given["body"])
assert verifier.is_valid(body=given["body"], timestamp=given["timestamp"], signature=given["ours"])
print(made)
"#;

/// What a script of the reference says, given JSON.
async fn python(script: &str, given: &Value) -> String {
    let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python"))
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{e}; `make test` installs it"));
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).await.unwrap();
    let ended = timeout(PATIENCE, child.wait_with_output()).await.expect("it does not end").unwrap();
    assert!(ended.status.success());
    String::from_utf8(ended.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_library_of_standard_webhooks_believes_us_and_not_whoever_alters_us() {
    let policy = "actions: { a.b: { approvers: { anyOf: [\"user:approver@localhost\"] } } }";
    let system = Start::fresh().under(policy).start().await;
    let receiver = WebhookStandin::start().await.unwrap();
    let connector = json!({
        "name": "hook", "endpoint": receiver.url(), "headers": { "X-Webhook-Secret": receiver.secret() },
    });
    let path = "/api/settings/approval-connectors";
    assert_eq!(system.call(&system.keys.admin, "POST", path, connector).await.0, 201);
    system.ask("a.b", json!({ "to": "jane@acme.com" })).await;
    assert!(receiver.wait_until(|hook| !hook.deliveries().is_empty()).await);
    let delivery = receiver.deliveries().remove(0);
    let headers: serde_json::Map<String, Value> =
        delivery.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let given = json!({ "secret": receiver.secret(), "body": delivery.body.to_string(), "headers": headers });
    assert_eq!(python(VERIFY_WEBHOOK, &given).await, "good");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_slacks_own_sdk_signed_is_believed() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let now = Clock::Wall.now().as_second().to_string();
    let signed = click.clone().resigned(stage.slack.signing_secret(), now.parse().unwrap());
    let header = |name: &str| signed.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).unwrap().1.clone();
    let given = json!({
        "secret": stage.slack.signing_secret(), "timestamp": now, "body": click.body, "ours": header("x-slack-signature"),
    });
    let theirs = python(SIGN_AS_SLACK, &given).await;
    let headers = vec![("x-slack-request-timestamp".into(), now), ("x-slack-signature".into(), theirs)];
    stage.send(&SignedRequest { body: click.body.clone(), headers }).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}
