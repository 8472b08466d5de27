//! A value that the policy hides does not come back through the executor's report.

use crate::harness::{Asked, Start, System};
use domain::{ApprovalId, Workspace};
use serde_json::{Value, json};
use standins::webhook::{Fault, WebhookStandin};
use store::Write;

const POLICY: &str = r#"
actions:
  mail.send:
    approvers: { anyOf: ["user:approver@localhost"] }
    onApproved: { connector: mailer, timeoutSec: 5 }
    redactParams: { mode: denylist, keys: [key, pin, live, card] }
    allowParamOverrides: true
    overrideKeys: [key]
  agents.own:
    approvers: { anyOf: ["user:approver@localhost"] }
    redactParams: { mode: denylist, keys: [key, pin, live, card] }
"#;

fn params() -> Value {
    json!({ "key": "sk-\"live\" 1/ü", "pin": 4711, "live": true, "card": { "number": "4111-1111", "cvc": "123" }, "to": "jane" })
}

/// That none of the hidden values is in a text, in whatever case.
#[track_caller]
fn must_hide(text: &str) {
    let lower = text.to_lowercase();
    for hidden in ["sk-", "live\\\" 1", "4711", "4111-1111", "c2stimxpdmui", "%22live", "sk-new"] {
        assert!(!lower.contains(hidden), "{hidden} in {text}");
    }
}

async fn everything(system: &System, asked: &Asked) -> String {
    system.settle().await;
    system.settle().await;
    let (_, inbox) = system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await;
    // Digests and ids may have any four digits in them.
    format!("{} {} {}", inbox["execution"], inbox["comment"], system.poll(&asked.token).await["execution"])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_echoes_its_input_tells_nobody_what_is_hidden() {
    let system = Start::fresh().under(POLICY).start().await;
    let receiver = WebhookStandin::start().await.unwrap();
    receiver.take_any_size();
    let connector =
        json!({ "name": "mailer", "endpoint": receiver.url(), "headers": { "X-Webhook-Secret": receiver.secret() } });
    let made = system.call(&system.keys.admin, "POST", "/api/settings/approval-connectors", connector).await;
    assert_eq!(made.0, 201, "{}", made.1);
    let asked = system.ask("mail.send", params()).await;
    system.settle().await;
    let echo = json!({
        "message_id": "7", "you_sent": params(), "now": "sk-new-key", "sk-\"live\" 1/ü": 1, "raw": params().to_string(), "live": false,
        "url": "/q?k=sk-%22live%22%201%2F%C3%BC&pin=4711", "basic": "c2stImxpdmUiIDEvw7w=",
    });
    receiver.fail_next(Fault::Answer(200, echo.to_string()));
    let edit = json!({ "decision": "approved", "modified_action": { "key": "sk-new-key" } });
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, edit).await.0, 200);
    let told = everything(&system, &asked).await;
    assert!(told.contains("\"message_id\":\"7\"") && told.contains("\"live\":\"«redacted»\""), "{told}");
    must_hide(&told);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_reports_or_cancels_with_tells_nobody_what_is_hidden() {
    let system = Start::fresh().under(POLICY).start().await;
    let asked = system.ask("agents.own", params()).await;
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    let report = json!({ "status": "failed", "detail": { "error": "bad key sk-\"live\" 1/ü for pin 4711, cvc 123", "pin": 4711, "cvc": "1234" } });
    let path = format!("/approvals/{}/execution", asked.id);
    let (status, answer) = system.call(&system.keys.agent, "POST", &path, report.clone()).await;
    let hidden =
        json!({ "error": "bad key «redacted» for pin «redacted», cvc «redacted»", "pin": "«redacted»", "cvc": "1234" });
    assert_eq!((status, &answer["execution"]["result"]), (200, &hidden));
    assert_eq!(
        system.call(&system.keys.agent, "POST", &path, report).await.0,
        200,
        "the same report again changes nothing"
    );
    must_hide(&everything(&system, &asked).await);
    let dropped = system.ask("agents.own", params()).await;
    let reason = json!({ "token": dropped.token, "reason": "wrong key: SK-\"LIVE\" 1/ü" });
    let request = system.request("POST", "/api/guard/cancel").json(&reason);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    let told = everything(&system, &dropped).await;
    assert!(told.contains("wrong key: «redacted»"), "{told}");
    must_hide(&told);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_on_what_was_reported_opens_no_hidden_value() {
    let system = Start::fresh().under(POLICY).start().await;
    let asked = system.ask("agents.own", params()).await;
    assert_eq!(system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await.0, 200);
    let path = format!("/approvals/{}/execution", asked.id);
    let report = json!({ "status": "failed", "detail": "bad pin 4711" });
    let (status, first) = system.call(&system.keys.agent, "POST", &path, report.clone()).await;
    assert_eq!((status, &first["execution"]["result"]), (200, &json!("bad pin «redacted»")));

    // From here on no hidden value can be opened, so the whole report is removed.
    let (store, workspace) = (&system.gate.store, Workspace::default_name());
    let mut approval = store.get_approval(&workspace, &ApprovalId::parse(&asked.id).unwrap()).await.unwrap().unwrap();
    let (version, sealed) = (approval.version, approval.sealed.replace("garbage".into()));
    approval.version += 1;
    assert!(matches!(store.replace_approval(version, &approval, None).await.unwrap(), Write::Done));
    assert_eq!(system.call(&system.keys.agent, "POST", &path, report).await, (200, first.clone()), "known by its mark");
    for other in [
        json!({ "status": "failed", "detail": "bad pin 4712" }),
        json!({ "status": "succeeded", "detail": "bad pin 4711" }),
        json!({ "status": "failed" }),
    ] {
        let refused = system.call(&system.keys.agent, "POST", &path, other).await;
        assert_eq!((refused.0, &refused.1["code"]), (409, &json!("INVALID_STATE")));
    }
    let shown = json!({ "status": "failed", "detail": "bad pin «redacted»" });
    assert_eq!(system.call(&system.keys.agent, "POST", &path, shown).await.0, 200);

    // As it was kept before reports had marks.
    let mut approval = store.get_approval(&workspace, &approval.id).await.unwrap().unwrap();
    let version = approval.version;
    (approval.reported, approval.sealed, approval.version) = (None, sealed, version + 1);
    assert!(matches!(store.replace_approval(version, &approval, None).await.unwrap(), Write::Done));
    let report = json!({ "status": "failed", "detail": "bad pin 4711" });
    assert_eq!(system.call(&system.keys.agent, "POST", &path, report).await.0, 409);
    must_hide(&everything(&system, &asked).await);
    system.stop().await;
}
