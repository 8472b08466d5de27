//! People sign in, see what waits as it comes, and decide.

use crate::harness::chromium::Chromium;
use crate::harness::{Start, System};
use serde_json::{Value, json};

pub const POLICY: &str = r#"
people:
  jane: ["user:approver@localhost"]
personas: { security: ["user:approver@localhost"] }
actions:
  gmail.send:
    title: Send an e-mail to {params.to}
    description: Send an e-mail as the company
    approvers: { anyOf: ["user:approver@localhost"] }
    redactParams: { mode: denylist, keys: [bcc] }
    allowParamOverrides: true
    overrideKeys: [subject, body, options]
    overrideSchema: { properties: { subject: { type: string, maxLength: 40 } } }
    allowReRequest: true
  "db.*":
    title: Drop table {params.table}
    approvers: { anyOf: ["user:approver@localhost", "user:omar@acme.com"], minApprovals: 2 }
    requiredPersonas: [security]
  deploy.rollback: { approvers: { anyOf: ["user:omar@acme.com"] }, title: "Roll back {params.service}" }
"#;

/// A host, and Jane with a browser, signed in.
pub async fn jane() -> (System, Chromium) {
    let system = Start::fresh().under(POLICY).start().await;
    let browser = Chromium::open(&system).await;
    browser.sign_in(&system.keys.approver).await;
    (system, browser)
}

fn mail() -> Value {
    json!({ "to": "jane@acme.com", "bcc": "boss@acme.com", "subject": "Numbers", "body": "Hi", "options": { "retries": 3 } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_request_appears_by_itself_is_approved_and_leaves() {
    let (system, browser) = jane().await;
    browser.see("Nothing waits for a decision.").await;
    let asked = system.ask("gmail.send", mail()).await;
    browser.see("Send an e-mail to “jane@acme.com”").await;
    let other = Chromium::open(&system).await;
    other.sign_in(&system.keys.approver).await;
    browser.press("Send an e-mail to “jane@acme.com”").await;
    browser.see("«redacted»").await;
    assert!(!browser.reads().await.contains("boss@acme.com"));
    browser.press("Approve").await;
    browser.see("Your approval is recorded.").await;
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["decisionParams"]), (&json!("approved"), &mail()));
    other.lose("Send an e-mail to “jane@acme.com”").await;
    other.close().await;
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_brings_its_reason_to_the_agent_and_can_be_asked_again() {
    let (system, browser) = jane().await;
    let asked = system.ask("gmail.send", mail()).await;
    browser.go(&format!("/console/approvals/{}", asked.id)).await;
    browser.fill("#reason", "Not before the audit.").await;
    browser.press("Deny").await;
    browser.see("Your refusal is recorded.").await;
    let told = system.poll(&asked.token).await;
    assert_eq!((&told["status"], &told["reason"]), (&json!("denied"), &json!("Not before the audit.")));
    browser.press("Ask again").await;
    browser.see("It was asked again.").await;
    let next = system.poll(&asked.token).await["supersededBy"]["requestId"].clone();
    assert!(browser.at().await.contains(next.as_str().unwrap()));
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_shown_as_a_difference_before_it_is_approved() {
    let (system, browser) = jane().await;
    let asked = system.ask("gmail.send", mail()).await;
    browser.go(&format!("/console/approvals/{}", asked.id)).await;
    browser.press("Edit and approve…").await;
    browser.fill("#edit-0", &"x".repeat(41)).await;
    browser.press("See the difference").await;
    browser.see("breaks overrideSchema").await;
    browser.fill("#edit-0", "Final numbers").await;
    browser.fill("#edit-2", "{\"retries\": 4}").await;
    browser.press("See the difference").await;
    browser.see("+ Final numbers").await;
    assert!(browser.reads().await.contains("− Numbers"));
    browser.press("Approve with these changes").await;
    browser.see("Your edit is recorded").await;
    let params = &system.poll(&asked.token).await["decisionParams"];
    assert_eq!((&params["subject"], &params["options"]), (&json!("Final numbers"), &json!({ "retries": 4 })));
    assert_eq!(params["bcc"], "boss@acme.com");
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_a_race_is_told_and_shown_what_it_is_now() {
    let (system, browser) = jane().await;
    let asked = system.ask("gmail.send", mail()).await;
    let page = format!("/console/approvals/{}", asked.id);
    browser.go(&page).await;
    let root = system.key("user:approver@localhost", &["approver"]).await;
    // Without a script nothing warns: the form itself must be refused.
    let plain = Chromium::without_script(&system).await;
    plain.sign_in(&system.keys.approver).await;
    plain.go(&page).await;
    let edit = json!({ "decision": "approved", "modified_action": { "subject": "Other" } });
    assert_eq!(system.resolve(&root, &asked.id, edit).await.0, 200);
    browser.see("This approval changed.").await;
    assert_eq!(browser.run("return document.querySelector('button.deny').disabled").await, true);
    plain.press("Deny").await;
    plain.see("Approved").await;
    assert_eq!(system.poll(&asked.token).await["status"], "approved");
    plain.close().await;
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_link_leads_through_sign_in_to_its_approval() {
    let (system, browser) = jane().await;
    let asked = system.ask("db.drop", json!({ "table": "users" })).await;
    let id = domain::ApprovalId::parse(&asked.id).unwrap();
    let approval = system.gate.store.get_approval(&domain::Workspace::default_name(), &id).await.unwrap().unwrap();
    let link = system.gate.decision_link(&approval).unwrap().unwrap();
    let path = link.strip_prefix(&system.url).unwrap();
    browser.press("Sign out").await;
    browser.see("Your key").await;
    browser.go(path).await;
    browser.see("Your key").await;
    assert!(!browser.reads().await.contains("users"));
    browser.fill("#key", &system.keys.approver).await;
    browser.press("Sign in").await;
    browser.see("Drop table “users”").await;
    browser.press("Acknowledge as security").await;
    browser.see("Your acknowledgement is recorded.").await;
    browser.press("Approve").await;
    browser.see("1 of 2 approvals").await;
    assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    browser.close().await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_but_following_works_without_a_script_and_by_keyboard() {
    let system = Start::fresh().under(POLICY).start().await;
    let asked = system.ask("gmail.send", mail()).await;
    let browser = Chromium::without_script(&system).await;
    browser.go("/console/sign-in").await;
    // The field has the focus; Enter sends.
    browser.keys(&format!("{}\u{e007}", system.keys.approver)).await;
    browser.see("Waiting for a decision").await;
    browser.run(&format!("document.getElementById('{}').focus()", asked.id)).await;
    browser.keys("\u{e007}").await;
    browser.see("What will be done").await;
    browser.run("document.querySelector('button.approve').focus()").await;
    browser.keys("\u{e007}").await;
    browser.see("Your approval is recorded.").await;
    browser.close().await;
    system.stop().await;
}
